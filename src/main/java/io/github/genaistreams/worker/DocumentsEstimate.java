package io.github.genaistreams.worker;

import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.worker.BatchEstimate.Limit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Estimates the pages and time of documents, from the requests and the settings alone. It does not estimate the cost:
 * the API charges by page, and publishes no machine-readable price list.
 *
 * @param pages        pages that the API has to process
 * @param pagesUnknown documents whose number of pages is not known; each counts as one page
 * @param seconds      null if no limit is known
 */
public record DocumentsEstimate(
        int documents,
        long pages,
        int pagesUnknown,
        @Nullable Long seconds,
        List<Limit> limits) {

    public static DocumentsEstimate of(List<DocumentRequest> requests, GenAiConfig config) {
        Map<String, Long> byCredential = requests.stream()
                .collect(Collectors.groupingBy(
                        DocumentRequest::credentialOrDefault, TreeMap::new, Collectors.counting()));
        List<Limit> limits = byCredential.entrySet().stream()
                .filter(own -> config.documents().figures(own.getKey()).requestsPerMinute() > 0)
                .map(own -> Limit.perMinute(
                        "requests",
                        own.getKey(),
                        config.documents().figures(own.getKey()).requestsPerMinute(),
                        own.getValue()))
                .toList();
        return new DocumentsEstimate(
                requests.size(),
                requests.stream().mapToLong(DocumentRequest::pages).sum(),
                (int) requests.stream()
                        .filter(request -> request.expectedPages() == null && request.pageRange() == null)
                        .count(),
                limits.stream().map(Limit::seconds).max(Long::compare).orElse(null),
                limits);
    }
}
