package io.github.genaistreams.model;

import java.net.URI;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rules for a document's request with any endpoint: one source, ranges, exclusive fields, its policy. The builder and
 * the worker both use them.
 */
public final class DocumentRules {

    /** https://documentation.datalab.to, "Limits": 200 MB per file. */
    public static final long MAX_BYTES = 200_000_000;

    private static final int MAX_RETRIES = 100;
    private static final int MAX_WAIT_SECS = 24 * 60 * 60;
    private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9_-]{0,31}");
    private static final Pattern MEDIA_TYPE = Pattern.compile(
            "[\\w!#$&^.+-]{1,127}/[\\w!#$&^.+-]{1,127}( *; *[\\w.+-]{1,60}=(\"[ -~&&[^\"\\\\]]{0,200}\"|[\\w.+-]{1,200})){0,8}");
    private static final Pattern PAGES = Pattern.compile("\\d{1,6}(-\\d{1,6})?(,\\s*\\d{1,6}(-\\d{1,6})?)*");

    private DocumentRules() {}

    /** The first violated rule, with the field to correct; empty if there is none. */
    public static Optional<CallError> firstProblem(DocumentRequest request) {
        return Stream.<Supplier<Optional<CallError>>>of(
                        () -> source(request),
                        () -> contentType(request.contentType()),
                        () -> mode(request.mode()),
                        () -> schemas(request),
                        () -> pages(request),
                        () -> url("webhook_url", request.webhookUrl()),
                        () -> range("poll_interval_secs", request.pollIntervalSecs(), 1, 3_600),
                        () -> range("max_poll_attempts", request.maxPollAttempts(), 1, 100_000),
                        () -> range("timeout_secs", request.timeoutSecs(), 1, MAX_WAIT_SECS),
                        () -> range("max_retries", request.maxRetries(), 0, MAX_RETRIES),
                        () -> range("base_retry_delay_secs", request.baseRetryDelaySecs(), 0, MAX_WAIT_SECS),
                        () -> range("jitter_percent", request.jitterPercent(), 0, 1_000),
                        () -> range("max_concurrent_requests", request.maxConcurrentRequests(), 1, Integer.MAX_VALUE),
                        () -> range("priority", request.priority(), ApiRequest.MIN_PRIORITY, ApiRequest.MAX_PRIORITY))
                .map(Supplier::get)
                .flatMap(Optional::stream)
                .findFirst();
    }

    /**
     * The number of pages of a batch's documents. For a single document it is a guess; for all of them it may be a
     * mistake.
     */
    public static Optional<CallError> expectedPages(DocumentRequest common) {
        return range("expected_pages", common.expectedPages(), 1, DocumentRequest.MAX_PAGES);
    }

    private static Optional<CallError> source(DocumentRequest request) {
        long given = Stream.of(request.document(), request.fileUrl(), request.documentRef(), request.checkpointId())
                .filter(source -> source != null)
                .count();
        if (given != 1) {
            return problem(
                    "document",
                    (given == 0 ? "is missing" : "is not the only source")
                            + ": give exactly one of document, file_url, document_ref and checkpoint_id");
        }
        if (request.document() != null) {
            int length = request.document().bytes().length;
            return length == 0
                    ? problem("document", "is empty: give the bytes of the document")
                    : length > MAX_BYTES ? problem("document", "is larger than 200 MB: split it") : Optional.empty();
        }
        return url("file_url", request.fileUrl());
    }

    /** It is in the header of a form part: a line break in it would start a new header line. */
    private static Optional<CallError> contentType(@Nullable String type) {
        return type == null || MEDIA_TYPE.matcher(type).matches()
                ? Optional.empty()
                : problem("content_type", "is not a media type: use for example application/pdf, or remove it");
    }

    /** The API adds modes over time, so only the form is checked. */
    private static Optional<CallError> mode(@Nullable String mode) {
        return mode == null || WORD.matcher(mode).matches()
                ? Optional.empty()
                : problem("mode", "is not a valid mode: use lite, fast, balanced or accurate");
    }

    private static Optional<CallError> schemas(DocumentRequest request) {
        if (request.schemaVersion() != null && request.schemaId() == null) {
            return problem("schema_version", "is given without schema_id: give both, or remove it");
        }
        if (request.pageSchema() != null && request.schemaId() != null) {
            return problem("page_schema", "and schema_id cannot be used together: remove one of them");
        }
        return request.segmentationSchema() != null && request.schemaId() != null
                ? problem("segmentation_schema", "and schema_id cannot be used together: use two requests")
                : Optional.empty();
    }

    private static Optional<CallError> pages(DocumentRequest request) {
        if (request.pageRange() != null) {
            if (!PAGES.matcher(request.pageRange().strip()).matches()) {
                return problem(
                        "page_range", "is not a list of pages: use numbers from 0 and ranges, such as 0,5-10,20");
            }
            for (String part : request.pageRange().split(",")) {
                String[] ends = part.strip().split("-");
                if (ends.length == 2 && Integer.parseInt(ends[0]) > Integer.parseInt(ends[1])) {
                    return problem("page_range", "has a range that ends before it begins: put the smaller page first");
                }
            }
        }
        return range("max_pages", request.maxPages(), 1, DocumentRequest.MAX_PAGES);
    }

    private static Optional<CallError> url(String field, @Nullable String url) {
        if (url == null) {
            return Optional.empty();
        }
        try {
            URI uri = URI.create(url.strip());
            if (HostPort.isWeb(uri)) {
                return Optional.empty();
            }
        } catch (IllegalArgumentException e) {
            // Falls through to the message, which does not quote it.
        }
        return problem(field, "is not an http or https address: give the full address");
    }

    private static Optional<CallError> range(String field, @Nullable Integer value, int min, int max) {
        return value == null || value >= min && value <= max
                ? Optional.empty()
                : problem(field, "is " + value + ": use a number from " + min + " to " + max);
    }

    /** {@code what} continues after the field's name. */
    public static Optional<CallError> problem(String field, String what) {
        return Optional.of(CallError.invalidRequest(field, "`" + field + "` " + what));
    }
}
