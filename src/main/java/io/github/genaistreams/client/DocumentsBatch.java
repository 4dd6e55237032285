package io.github.genaistreams.client;

import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.client.input.DocumentSource;
import io.github.genaistreams.model.DocumentRequest;
import java.util.List;
import java.util.Objects;

/**
 * A batch of documents that are converted with the same parameters.
 *
 * @param common  every parameter except the document
 * @param sources at least one, in the order of the results
 */
public record DocumentsBatch(DocumentRequest common, List<DocumentSource> sources) {

    /**
     * @throws IllegalArgumentException if there is no document, or a common parameter is invalid; the message names it
     */
    public DocumentsBatch {
        Objects.requireNonNull(common, "common");
        sources = List.copyOf(sources);
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("no documents given: give at least one");
        }
        DocumentCheck.commonProblem(common).ifPresent(problem -> {
            throw new IllegalArgumentException(problem.message());
        });
    }

    public static DocumentsBatch of(DocumentRequest.Builder common, List<DocumentSource> sources) {
        return new DocumentsBatch(common.buildUnchecked(), sources);
    }
}
