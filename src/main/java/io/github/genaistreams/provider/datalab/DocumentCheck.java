package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentBytes;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.store.DocumentStore;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What can be seen to be wrong with a request before a document is submitted and paid for. Pure. */
public final class DocumentCheck {

    /** https://documentation.datalab.to, "Limits": 200 MB per file. */
    static final long MOST_BYTES = 200_000_000;

    private static final int MOST_RETRIES = 100;
    private static final int LONGEST_WAIT_SECS = 24 * 60 * 60;
    private static final Set<String> FORMATS = Set.of("json", "html", "markdown", "chunks");
    private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9_-]{0,31}");
    private static final Pattern MEDIA_TYPE = Pattern.compile(
            "[\\w!#$&^.+-]{1,127}/[\\w!#$&^.+-]{1,127}( *; *[\\w.+-]{1,60}=(\"[ -~&&[^\"\\\\]]{0,200}\"|[\\w.+-]{1,200})){0,8}");
    private static final Pattern FIELD = Pattern.compile("[\\w.\\[\\]-]{1,100}");
    private static final Pattern PAGES = Pattern.compile("\\d{1,6}(-\\d{1,6})?(,\\s*\\d{1,6}(-\\d{1,6})?)*");

    private DocumentCheck() {}

    /** What is wrong with the parameters, whatever the document that is to come to them. */
    public static Optional<CallError> commonProblem(DocumentRequest common) {
        return firstProblem(common.toBuilder()
                        .document((DocumentBytes) null)
                        .fileUrl("https://example.org/any")
                        .documentRef(null)
                        .checkpointId(null)
                        .build())
                // Said of all documents it is no guess, but a mistake.
                .or(() -> range("expected_pages", common.expectedPages(), 1, DocumentRequest.MOST_PAGES));
    }

    /** The forms that the API will be asked for. */
    public static List<String> formats(DocumentRequest request) {
        List<String> formats = DocumentForm.words(request.outputFormat());
        return formats.isEmpty() ? List.of(DocumentRequest.DEFAULT_OUTPUT_FORMAT) : formats;
    }

    /** The first thing that is wrong. {@code expected_pages} is a guess about a document that is never sent, so nothing is. */
    public static Optional<CallError> firstProblem(DocumentRequest request) {
        return Stream.<Supplier<Optional<CallError>>>of(
                        () -> source(request),
                        () -> contentType(request.contentType()),
                        () -> unknownFormat(request),
                        () -> mode(request.mode()),
                        () -> schema(request),
                        () -> segmentation(request),
                        () -> pages(request),
                        () -> extras(request.extras()),
                        () -> object("additional_config", request.additionalConfig()),
                        () -> extraFields(request.extraFields()),
                        () -> url("webhook_url", request.webhookUrl()),
                        () -> range("poll_interval_secs", request.pollIntervalSecs(), 1, 3_600),
                        () -> range("max_poll_attempts", request.maxPollAttempts(), 1, 100_000),
                        () -> range("timeout_secs", request.timeoutSecs(), 1, LONGEST_WAIT_SECS),
                        () -> range("max_retries", request.maxRetries(), 0, MOST_RETRIES),
                        () -> range("base_retry_delay_secs", request.baseRetryDelaySecs(), 0, LONGEST_WAIT_SECS),
                        () -> range("jitter_percent", request.jitterPercent(), 0, 1_000),
                        () -> range("max_concurrent_requests", request.maxConcurrentRequests(), 1, Integer.MAX_VALUE))
                .map(Supplier::get)
                .flatMap(Optional::stream)
                .findFirst();
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
                    ? problem("document", "is empty: put the bytes of the document there")
                    : length > MOST_BYTES ? problem("document", "is larger than 200 MB: divide it") : Optional.empty();
        }
        if (request.documentRef() != null && !DocumentStore.isReference(request.documentRef())) {
            return problem(
                    "document_ref", "is no reference of the document store: it is sha256/ and 64 hexadecimal digits");
        }
        return url("file_url", request.fileUrl());
    }

    private static Optional<CallError> unknownFormat(DocumentRequest request) {
        List<String> formats = DocumentForm.words(request.outputFormat());
        if (request.outputFormat() != null && formats.isEmpty()) {
            return problem(
                    "output_format", "is neither a text nor a list of texts: use json, html, markdown or chunks");
        }
        return formats.stream()
                .filter(format -> !FORMATS.contains(format))
                .findFirst()
                .flatMap(format ->
                        problem("output_format", "has an unknown format: use json, html, markdown or chunks"));
    }

    /** The API has got new modes over time, so only its form is checked. */
    private static Optional<CallError> mode(String mode) {
        return mode == null || WORD.matcher(mode).matches()
                ? Optional.empty()
                : problem("mode", "is no word: use lite, fast, balanced or accurate");
    }

    private static Optional<CallError> schema(DocumentRequest request) {
        if (request.schemaVersion() != null && request.schemaId() == null) {
            return problem("schema_version", "is given without schema_id: give both, or leave it out");
        }
        if (request.pageSchema() == null) {
            return Optional.empty();
        }
        if (request.schemaId() != null) {
            return problem("page_schema", "and schema_id exclude each other: leave one of them out");
        }
        JsonNode schema = DocumentForm.object(request.pageSchema());
        if (schema == null) {
            return problem("page_schema", "is no JSON object, nor the text of one: put a JSON schema there");
        }
        return schema.path("properties").isObject()
                ? Optional.empty()
                : problem("page_schema", "has no properties: name the fields to extract there");
    }

    private static Optional<CallError> segmentation(DocumentRequest request) {
        return request.segmentationSchema() != null && request.schemaId() != null
                ? problem("segmentation_schema", "and schema_id exclude each other: make two requests of it")
                : object("segmentation_schema", request.segmentationSchema());
    }

    private static Optional<CallError> pages(DocumentRequest request) {
        if (request.pageRange() != null) {
            if (!PAGES.matcher(request.pageRange().strip()).matches()) {
                return problem("page_range", "is no list of pages: use numbers from 0 and ranges, such as 0,5-10,20");
            }
            for (String part : request.pageRange().split(",")) {
                String[] ends = part.strip().split("-");
                if (ends.length == 2 && Integer.parseInt(ends[0]) > Integer.parseInt(ends[1])) {
                    return problem(
                            "page_range", "has a range that ends before it begins: write the smaller page first");
                }
            }
        }
        return range("max_pages", request.maxPages(), 1, DocumentRequest.MOST_PAGES);
    }

    private static Optional<CallError> extras(JsonNode extras) {
        if (extras == null
                || DocumentForm.object(extras) != null
                || !DocumentForm.words(extras).isEmpty()) {
            return Optional.empty();
        }
        return problem("extras", "is neither words with commas between them, nor a list of words, nor an object");
    }

    private static Optional<CallError> object(String field, JsonNode value) {
        return value == null || DocumentForm.object(value) != null
                ? Optional.empty()
                : problem(field, "is no JSON object: put names with their values there");
    }

    /** It stands in the head of a part of the form: a line break there would be the next line of it. */
    private static Optional<CallError> contentType(String type) {
        return type == null || MEDIA_TYPE.matcher(type).matches()
                ? Optional.empty()
                : problem("content_type", "is no media type: write one such as application/pdf, or leave it out");
    }

    /** Their names stand in heads, too. */
    private static Optional<CallError> extraFields(JsonNode fields) {
        Optional<CallError> problem = object("extra_fields", fields);
        if (problem.isPresent() || fields == null) {
            return problem;
        }
        return DocumentForm.object(fields).properties().stream()
                        .allMatch(field -> FIELD.matcher(field.getKey()).matches())
                ? Optional.empty()
                : problem(
                        "extra_fields",
                        "has a name that no form field has: use letters, digits, _, -, . and brackets, at most 100 of them");
    }

    private static Optional<CallError> url(String field, String url) {
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
        return problem(field, "is no http or https address: write it in full");
    }

    private static Optional<CallError> range(String field, Integer value, int least, int most) {
        return value == null || value >= least && value <= most
                ? Optional.empty()
                : problem(field, "is " + value + ": use a number from " + least + " to " + most);
    }

    static Optional<CallError> problem(String field, String what) {
        return Optional.of(CallError.invalidRequest(field, "`" + field + "` " + what));
    }
}
