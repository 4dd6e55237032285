package io.github.genaistreams.cli.document;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.option.BatchOptions;
import io.github.genaistreams.cli.option.InputFiles;
import io.github.genaistreams.cli.option.RequestFields;
import io.github.genaistreams.cli.output.Storing;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.DocumentProcessor;
import io.github.genaistreams.client.input.DocumentRequests;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.store.DocumentStoreException;
import io.github.genaistreams.wire.WireHeaders;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The documents of a batch and their conversion options. */
public final class DocumentOptions {

    @Parameters(
            paramLabel = "FILE",
            arity = "1..*",
            description = "Documents: files, directories (all files below them, in name order), quoted globs"
                    + " ('scans/**/*.pdf'), http(s) addresses that the API fetches itself, or checkpoint:ID"
                    + " for a document that the API has kept (save_checkpoint). In directories and globs,"
                    + " names that begin with a dot and empty files are skipped.")
    private List<String> files;

    @Option(names = "--batch-id", paramLabel = "ID", description = "ID of the batch. Default: a new ID.")
    private @Nullable String batchId;

    @Option(
            names = "--output-format",
            paramLabel = "FORM",
            description = "Output formats: json, html, markdown or chunks, separated by commas. Default: json.")
    private @Nullable String outputFormat;

    @Option(
            names = "--mode",
            paramLabel = "WORD",
            description = "Processing mode: lite, fast, balanced or accurate. Default: accurate.")
    private @Nullable String mode;

    @Option(
            names = "--page-schema",
            paramLabel = "FILE",
            description = "JSON file with the schema of the data to extract.")
    private @Nullable Path pageSchema;

    @Option(names = "--paginate", description = "Split the output by page.")
    private boolean paginate;

    @Option(
            names = "--page-range",
            paramLabel = "PAGES",
            description = "Pages to convert, counted from 0, for example 0,5-10,20.")
    private @Nullable String pageRange;

    @Option(names = "--max-pages", paramLabel = "N", description = "Maximum number of pages per document.")
    private @Nullable Integer maxPages;

    @Option(names = "--disable-image-extraction", description = "Omit images.")
    private boolean disableImageExtraction;

    @Option(
            names = "--extras",
            paramLabel = "WORDS",
            description = "Features of the API to switch on, separated by commas.")
    private @Nullable String extras;

    @Option(
            names = "--additional-config",
            paramLabel = "FILE",
            description = "JSON file with additional configuration.")
    private @Nullable Path additionalConfig;

    @Option(
            names = "--extra-fields",
            paramLabel = "FILE",
            description = "JSON file with additional form fields to send.")
    private @Nullable Path extraFields;

    @Option(
            names = "--field",
            paramLabel = "NAME=VALUE",
            description = "Any other field of the request, by its name in schemas/documents-request.avsc: schema_id,"
                    + " schema_version, save_checkpoint, disable_image_captions, fence_synthetic_captions,"
                    + " add_block_ids, include_markdown_in_chunks, token_efficient_markdown, merge_cross_page,"
                    + " word_bboxes, disable_html_prettify, exact_transcription, segmentation_schema,"
                    + " processing_location, eval_rubric_id, … An unknown name is sent to the API as a form field."
                    + " Repeatable.")
    private Map<String, String> fields = Map.of();

    @Option(
            names = "--webhook-url",
            paramLabel = "URL",
            description = "URL that the API calls when the document is done.")
    private @Nullable String webhookUrl;

    @Option(names = "--skip-cache", description = "Convert the document again even if the API has a cached result.")
    private boolean skipCache;

    @Option(names = "--credential", paramLabel = "ALIAS", description = "Alias of the worker's credential to use.")
    private @Nullable String credential;

    @Option(
            names = "--max-concurrent-requests",
            paramLabel = "N",
            description = "Maximum number of concurrent calls of the batch per partition of the request topic."
                    + " Default: the slots of the worker.")
    private @Nullable Integer maxConcurrentRequests;

    @Option(
            names = "--priority",
            paramLabel = "N",
            description = "Weight of the batch when batches take turns, from 1 to 100. Default: "
                    + ApiRequest.DEFAULT_PRIORITY + ".")
    private @Nullable Integer priority;

    @Option(
            names = "--poll-interval-secs",
            paramLabel = "N",
            description = "Seconds between two polls for the result of a document. Default: 2.")
    private @Nullable Integer pollIntervalSecs;

    @Option(
            names = "--max-poll-attempts",
            paramLabel = "N",
            description = "Maximum number of polls per document. After that, the item fails. Default: 60.")
    private @Nullable Integer maxPollAttempts;

    @Option(names = "--max-retries", paramLabel = "N", description = "Maximum number of retries. Default: 5.")
    private @Nullable Integer maxRetries;

    @Option(
            names = "--base-retry-delay-secs",
            paramLabel = "N",
            description = "Wait before the first retry. It doubles with each further retry. Default: 5.")
    private @Nullable Integer baseRetryDelaySecs;

    @Option(names = "--jitter-percent", paramLabel = "P", description = "Random spread of the waits. Default: 200.")
    private @Nullable Integer jitterPercent;

    @Option(names = "--timeout-secs", paramLabel = "N", description = "Timeout of one HTTP exchange. Default: 300.")
    private @Nullable Integer timeoutSecs;

    @Option(
            names = "--no-resubmit-on-unknown",
            description = "A document fails (unknown_outcome) if the answer to its submission is lost. Without this"
                    + " option, it is submitted again and may be billed twice. `status` and `watch` count such"
                    + " possible duplicates.")
    private boolean noResubmit;

    @Option(
            names = "--inline-max-bytes",
            paramLabel = "N",
            description =
                    "Documents larger than this go to the document store instead of the record. Default: 1048576.")
    private @Nullable Long inlineMaxBytes;

    @Mixin
    private BatchOptions batch;

    /** Created once, so that the files of its options are read only once. */
    private @Nullable DocumentRequest common;

    /** Controls for the batch as a whole. */
    public BatchOptions batch() {
        return batch;
    }

    public boolean hasBatchId() {
        return batchId != null;
    }

    /** The given ID, or a new one. */
    public String batchIdOrNew() {
        return batchId == null ? BatchClient.newBatchId() : batchId;
    }

    /** All documents, in the given order; {@code outputs} is the output directory, if there is one. */
    public Documents documents(@Nullable Path outputs) {
        return Documents.of(files, outputs);
    }

    /**
     * The requests for these documents, created on demand; large documents go to the store.
     *
     * @param storing receives the progress
     */
    public List<DocumentRequest> requests(Documents documents, DocumentStore store, Storing storing) {
        DocumentRequest common = common();
        return new DocumentRequests(documents.sources().size(), index -> {
            storing.next(index);
            return request(documents.sources().get(index), common, store);
        });
    }

    /** Requests without the documents themselves, but with their number of pages as far as it is known. */
    public List<DocumentRequest> expected(Documents documents) {
        DocumentRequest common = common();
        return documents.sources().stream()
                .map(source -> source.document().expecting(common))
                .toList();
    }

    /** Headers of a document's request: its name is returned with its result. */
    public Map<String, String> headers(Documents documents, int index) {
        var headers = new LinkedHashMap<>(batch.headers());
        headers.put(WireHeaders.FILE_NAME, documents.sources().get(index).name());
        return headers;
    }

    private DocumentRequest request(Documents.Source source, DocumentRequest common, DocumentStore store) {
        try {
            return source.document()
                    .request(
                            common,
                            store,
                            inlineMaxBytes == null ? DocumentProcessor.DEFAULT_INLINE_MAX_BYTES : inlineMaxBytes);
        } catch (UncheckedIOException e) {
            throw InputFiles.unreadable(source.file(), Objects.requireNonNull(e.getCause()));
        } catch (DocumentStoreException e) {
            throw new CliException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * The common parameters of all documents.
     *
     * @throws CliException if no document could be converted with these parameters
     */
    public DocumentRequest common() {
        if (common == null) {
            common = build();
            DocumentCheck.commonProblem(common).ifPresent(problem -> {
                throw new CliException(option(String.valueOf(problem.param())) + ": " + problem.message() + ".");
            });
        }
        return common;
    }

    /** The option that sets a field. */
    private String option(String field) {
        return fields.containsKey(field) ? "--field " + field : "--" + field.replace('_', '-');
    }

    private DocumentRequest build() {
        DocumentRequest request = DocumentRequest.builder()
                .outputFormat(outputFormat)
                .mode(mode)
                .pageSchema(pageSchema == null ? (JsonNode) null : json("--page-schema", pageSchema))
                .paginate(paginate ? true : null)
                .pageRange(pageRange)
                .maxPages(maxPages)
                .disableImageExtraction(disableImageExtraction ? true : null)
                .extras(extras)
                .additionalConfig(additionalConfig == null ? null : json("--additional-config", additionalConfig))
                .extraFields(extraFields == null ? null : json("--extra-fields", extraFields))
                .webhookUrl(webhookUrl)
                .skipCache(skipCache ? true : null)
                .credential(credential)
                .maxConcurrentRequests(maxConcurrentRequests)
                .priority(priority)
                .pollIntervalSecs(pollIntervalSecs)
                .maxPollAttempts(maxPollAttempts)
                .maxRetries(maxRetries)
                .baseRetryDelaySecs(baseRetryDelaySecs)
                .jitterPercent(jitterPercent)
                .timeoutSecs(timeoutSecs)
                .resubmitOnUnknown(noResubmit ? false : null)
                .buildUnchecked();
        return fields.isEmpty() ? request : RequestFields.in(request, fields);
    }

    private static JsonNode json(String option, Path file) {
        return InputFiles.json(option, file, InputFiles.OBJECT);
    }
}
