package io.github.genaistreams.model;

import static io.github.genaistreams.model.RequestValues.or;
import static io.github.genaistreams.model.RequestValues.parsed;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.auto.value.AutoBuilder;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One document to convert with the Datalab API, as it is on the request topic. Field names on the wire are these in
 * snake_case. A field that is null is absent on the wire and has its default: the API's own, or the one given here. Exactly one
 * of {@code document}, {@code fileUrl}, {@code documentRef} and {@code checkpointId} gives the document.
 *
 * @param batchId               the batch this item belongs to
 * @param index                 the item's index in the batch, from 0
 * @param batchSize             number of items of the batch; null if unknown
 * @param document              the document itself, if it fits into a record; base64 in JSON
 * @param fileUrl               URL from which the API fetches the document
 * @param documentRef           reference of the document in the document store, written by the client: {@code sha256/…}
 * @param fileName              the document's file name; its extension tells the API the format
 * @param contentType           the document's media type; without it and a name, it is detected from the first bytes
 * @param outputFormat          {@code json}, {@code html}, {@code markdown} or {@code chunks}, or a list of them;
 *     default {@code json}
 * @param mode                  {@code lite}, {@code fast}, {@code balanced} or {@code accurate}; default
 *     {@code accurate}
 * @param pageSchema            JSON schema of the data to extract: an object, or its text
 * @param schemaId              a stored schema of the data to extract; not together with {@code pageSchema}
 * @param schemaVersion         version of the stored schema
 * @param segmentationSchema    JSON schema of the parts into which the document is divided: an object, or its text
 * @param paginate              whether the output is divided by page
 * @param pageRange             pages to convert, from 0: {@code 0,5-10,20}
 * @param maxPages              maximum number of pages to convert
 * @param expectedPages         the number of pages, known or guessed by the sender; it counts towards the worker's
 *     limit of pages in flight, and is not sent; an impossible number counts as unknown
 * @param disableImageExtraction whether images are left out
 * @param disableImageCaptions  whether images have no captions
 * @param fenceSyntheticCaptions whether generated captions are marked
 * @param extras                switches: {@code "track_changes,extract_links"}, a list of them, or an object, which is
 *     sent as {@code additional_config}
 * @param additionalConfig      further configuration: an object
 * @param webhookUrl            URL that the API calls on completion
 * @param skipCache             whether the API converts the document again instead of using its cache
 * @param saveCheckpoint        whether the API keeps the conversion for later extractions
 * @param checkpointId          a kept conversion to extract from, instead of a document
 * @param addBlockIds           whether blocks of the HTML carry their IDs
 * @param includeMarkdownInChunks whether chunks also contain Markdown
 * @param tokenEfficientMarkdown whether the Markdown is short rather than well formatted
 * @param mergeCrossPage        whether content that continues on the next page is merged
 * @param wordBboxes            whether words have bounding boxes
 * @param disableHtmlPrettify   whether the HTML is not indented
 * @param exactTranscription    whether the text is unchanged, with its mistakes
 * @param processingLocation    region in which the document is processed, for example {@code eu}
 * @param evalRubricId          a stored rubric for rating the conversion; the rating is in the answer, as
 *     {@code evaluation}
 * @param extraFields           form fields to send that have no parameter here: an object
 * @param pollIntervalSecs      seconds between two polls, default {@value #DEFAULT_POLL_INTERVAL_SECS}
 * @param maxPollAttempts       number of polls at that interval before the document is given up, default
 *     {@value #DEFAULT_MAX_POLL_ATTEMPTS}
 * @param timeoutSecs           time limit of one HTTP exchange in seconds, default {@value #DEFAULT_TIMEOUT_SECS}
 * @param maxRetries            attempts after the first, default {@value #DEFAULT_MAX_RETRIES}
 * @param baseRetryDelaySecs    wait before the first retry in seconds, doubled for each further one; default
 *     {@value #DEFAULT_BASE_RETRY_DELAY_SECS}
 * @param jitterPercent         random spread of waits to either side, default {@value #DEFAULT_JITTER_PERCENT}
 * @param resubmitOnUnknown     whether a document with an unknown outcome is submitted again, and may be paid for
 *     twice; default true
 * @param credential            alias of the API key in the worker's settings; null for the default. Never a key
 * @param maxConcurrentRequests maximum calls of its batch at once for each partition of the request topic; null for the
 *     worker's slots only
 * @param priority              weight of its batch when batches take turns, from {@value #MIN_PRIORITY} to
 *     {@value #MAX_PRIORITY}, default {@value #DEFAULT_PRIORITY}
 * @see <a href="https://documentation.datalab.to">Datalab's documentation</a>
 */
public record DocumentRequest(
        @Nullable String batchId,
        int index,
        @Nullable Integer batchSize,
        @Nullable DocumentBytes document,
        @Nullable String fileUrl,
        @Nullable String documentRef,
        @Nullable String fileName,
        @Nullable String contentType,
        @Nullable JsonNode outputFormat,
        @Nullable String mode,
        @Nullable JsonNode pageSchema,
        @Nullable String schemaId,
        @Nullable Integer schemaVersion,
        @Nullable JsonNode segmentationSchema,
        @Nullable Boolean paginate,
        @Nullable String pageRange,
        @Nullable Integer maxPages,
        @Nullable Integer expectedPages,
        @Nullable Boolean disableImageExtraction,
        @Nullable Boolean disableImageCaptions,
        @Nullable Boolean fenceSyntheticCaptions,
        @Nullable JsonNode extras,
        @Nullable JsonNode additionalConfig,
        @Nullable String webhookUrl,
        @Nullable Boolean skipCache,
        @Nullable Boolean saveCheckpoint,
        @Nullable String checkpointId,
        @Nullable Boolean addBlockIds,
        @Nullable Boolean includeMarkdownInChunks,
        @Nullable Boolean tokenEfficientMarkdown,
        @Nullable Boolean mergeCrossPage,
        @Nullable Boolean wordBboxes,
        @Nullable Boolean disableHtmlPrettify,
        @Nullable Boolean exactTranscription,
        @Nullable String processingLocation,
        @Nullable Integer evalRubricId,
        @Nullable JsonNode extraFields,
        @Nullable Integer pollIntervalSecs,
        @Nullable Integer maxPollAttempts,
        @Nullable Integer timeoutSecs,
        @Nullable Integer maxRetries,
        @Nullable Integer baseRetryDelaySecs,
        @Nullable Integer jitterPercent,
        @Nullable Boolean resubmitOnUnknown,
        @Nullable String credential,
        @Nullable Integer maxConcurrentRequests,
        @Nullable Integer priority)
        implements ApiRequest {

    /** Maximum pages that one request converts: https://documentation.datalab.to, "Limits". */
    public static final int MAX_PAGES = 7_000;

    public static final String DEFAULT_OUTPUT_FORMAT = "json";
    public static final String DEFAULT_MODE = "accurate";
    public static final int DEFAULT_POLL_INTERVAL_SECS = 2;
    public static final int DEFAULT_MAX_POLL_ATTEMPTS = 60;
    public static final int DEFAULT_TIMEOUT_SECS = 300;
    public static final int DEFAULT_MAX_RETRIES = 5;
    public static final int DEFAULT_BASE_RETRY_DELAY_SECS = 5;
    public static final int DEFAULT_JITTER_PERCENT = 200;

    /** Maximum wait, after any number of doublings. */
    private static final Duration MAX_RETRY_DELAY = Duration.ofMinutes(5);

    /** https://documentation.datalab.to, "Limits": results are deleted one hour after completion. */
    private static final Duration RESULT_KEPT = Duration.ofHours(1);

    /**
     * The parameters that are form fields of the same name and are sent unchanged. Each of the others is sent in its
     * own way.
     */
    public static final Map<String, Function<DocumentRequest, Object>> SAME_IN_FORM = sameInForm();

    private static Map<String, Function<DocumentRequest, Object>> sameInForm() {
        var same = new LinkedHashMap<String, Function<DocumentRequest, Object>>();
        same.put("file_url", DocumentRequest::fileUrl);
        same.put("checkpoint_id", DocumentRequest::checkpointId);
        same.put("mode", DocumentRequest::mode);
        same.put("schema_id", DocumentRequest::schemaId);
        same.put("schema_version", DocumentRequest::schemaVersion);
        same.put("paginate", DocumentRequest::paginate);
        same.put("page_range", DocumentRequest::pageRange);
        same.put("max_pages", DocumentRequest::maxPages);
        same.put("disable_image_extraction", DocumentRequest::disableImageExtraction);
        same.put("disable_image_captions", DocumentRequest::disableImageCaptions);
        same.put("fence_synthetic_captions", DocumentRequest::fenceSyntheticCaptions);
        same.put("webhook_url", DocumentRequest::webhookUrl);
        same.put("skip_cache", DocumentRequest::skipCache);
        same.put("save_checkpoint", DocumentRequest::saveCheckpoint);
        same.put("add_block_ids", DocumentRequest::addBlockIds);
        same.put("include_markdown_in_chunks", DocumentRequest::includeMarkdownInChunks);
        same.put("token_efficient_markdown", DocumentRequest::tokenEfficientMarkdown);
        same.put("merge_cross_page", DocumentRequest::mergeCrossPage);
        same.put("word_bboxes", DocumentRequest::wordBboxes);
        same.put("disable_html_prettify", DocumentRequest::disableHtmlPrettify);
        same.put("exact_transcription", DocumentRequest::exactTranscription);
        same.put("processing_location", DocumentRequest::processingLocation);
        same.put("eval_rubric_id", DocumentRequest::evalRubricId);
        return Collections.unmodifiableMap(same);
    }

    /** The API has no models. */
    @Override
    @JsonIgnore
    public @Nullable String model() {
        return null;
    }

    @Override
    @JsonIgnore
    public CallPolicy policy() {
        Duration base = Duration.ofSeconds(or(baseRetryDelaySecs, DEFAULT_BASE_RETRY_DELAY_SECS));
        return new CallPolicy(
                Duration.ofSeconds(or(timeoutSecs, DEFAULT_TIMEOUT_SECS)),
                or(maxRetries, DEFAULT_MAX_RETRIES),
                base,
                base.compareTo(MAX_RETRY_DELAY) > 0 ? base : MAX_RETRY_DELAY,
                or(jitterPercent, DEFAULT_JITTER_PERCENT));
    }

    @Override
    @JsonIgnore
    public Duration totalWait() {
        return pollInterval().multipliedBy(or(maxPollAttempts, DEFAULT_MAX_POLL_ATTEMPTS));
    }

    @Override
    @JsonIgnore
    public Duration maxJobTime() {
        return totalWait().plus(RESULT_KEPT);
    }

    @Override
    @JsonIgnore
    public String totalWaitNames() {
        return "poll_interval_secs x max_poll_attempts";
    }

    @Override
    @JsonIgnore
    public int maxOutputTokensOrZero() {
        return 0;
    }

    /**
     * Pages that the API has to process, as far as the request states them; 1 if it does not, or states more than the
     * API accepts. The expected number may come from the document itself, and be wrong.
     */
    @Override
    @JsonIgnore
    public int pages() {
        Integer known = expectedPages == null || expectedPages < 1 ? null : expectedPages;
        if (pageRange != null) {
            // Overrides max_pages.
            return PageRange.count(pageRange, known);
        }
        int all = known == null ? 1 : known;
        int asked = maxPages == null ? all : Math.min(all, Math.max(1, maxPages));
        return asked > MAX_PAGES ? 1 : asked;
    }

    @JsonIgnore
    public Duration pollInterval() {
        return Duration.ofSeconds(or(pollIntervalSecs, DEFAULT_POLL_INTERVAL_SECS));
    }

    @Override
    @JsonIgnore
    public boolean resubmitsOnUnknown() {
        return resubmitOnUnknown == null || resubmitOnUnknown;
    }

    /** Whether this is an extraction by a schema and not only a conversion. */
    @JsonIgnore
    public boolean extracts() {
        return pageSchema != null || schemaId != null;
    }

    /** A builder that starts from this request, to set an index or change a parameter. */
    public Builder toBuilder() {
        return new AutoBuilder_DocumentRequest_Builder(this);
    }

    public static Builder builder() {
        return new AutoBuilder_DocumentRequest_Builder().index(0);
    }

    /** The request without its document. */
    @Override
    public String toString() {
        return "DocumentRequest[" + batchId + "/" + index + ", " + fileName + "]";
    }

    /** Collects the fields of a {@link DocumentRequest}, and checks them on build; not thread-safe. */
    @AutoBuilder
    public abstract static class Builder {

        Builder() {}

        public abstract Builder batchId(@Nullable String batchId);

        public abstract Builder index(int index);

        public abstract Builder batchSize(@Nullable Integer batchSize);

        public Builder document(byte @Nullable [] document) {
            return document(document == null ? null : new DocumentBytes(document));
        }

        public abstract Builder document(@Nullable DocumentBytes document);

        public abstract Builder fileUrl(@Nullable String fileUrl);

        public abstract Builder documentRef(@Nullable String documentRef);

        public abstract Builder fileName(@Nullable String fileName);

        public abstract Builder contentType(@Nullable String contentType);

        /** One word, or several separated by commas. */
        public Builder outputFormat(@Nullable String outputFormat) {
            return outputFormat(outputFormat == null ? null : TextNode.valueOf(outputFormat));
        }

        public abstract Builder outputFormat(@Nullable JsonNode outputFormat);

        public abstract Builder mode(@Nullable String mode);

        /** @throws IllegalArgumentException if it is not JSON */
        public Builder pageSchema(@Nullable String json) {
            return pageSchema(parsed("page_schema", json));
        }

        public abstract Builder pageSchema(@Nullable JsonNode pageSchema);

        public abstract Builder schemaId(@Nullable String schemaId);

        public abstract Builder schemaVersion(@Nullable Integer schemaVersion);

        /** @throws IllegalArgumentException if it is not JSON */
        public Builder segmentationSchema(@Nullable String json) {
            return segmentationSchema(parsed("segmentation_schema", json));
        }

        public abstract Builder segmentationSchema(@Nullable JsonNode segmentationSchema);

        public abstract Builder paginate(@Nullable Boolean paginate);

        public abstract Builder pageRange(@Nullable String pageRange);

        public abstract Builder maxPages(@Nullable Integer maxPages);

        public abstract Builder expectedPages(@Nullable Integer expectedPages);

        public abstract Builder disableImageExtraction(@Nullable Boolean disableImageExtraction);

        public abstract Builder disableImageCaptions(@Nullable Boolean disableImageCaptions);

        public abstract Builder fenceSyntheticCaptions(@Nullable Boolean fenceSyntheticCaptions);

        /** One word, or several separated by commas. */
        public Builder extras(@Nullable String extras) {
            return extras(extras == null ? null : TextNode.valueOf(extras));
        }

        public abstract Builder extras(@Nullable JsonNode extras);

        public abstract Builder additionalConfig(@Nullable JsonNode additionalConfig);

        public abstract Builder webhookUrl(@Nullable String webhookUrl);

        public abstract Builder skipCache(@Nullable Boolean skipCache);

        public abstract Builder saveCheckpoint(@Nullable Boolean saveCheckpoint);

        public abstract Builder checkpointId(@Nullable String checkpointId);

        public abstract Builder addBlockIds(@Nullable Boolean addBlockIds);

        public abstract Builder includeMarkdownInChunks(@Nullable Boolean includeMarkdownInChunks);

        public abstract Builder tokenEfficientMarkdown(@Nullable Boolean tokenEfficientMarkdown);

        public abstract Builder mergeCrossPage(@Nullable Boolean mergeCrossPage);

        public abstract Builder wordBboxes(@Nullable Boolean wordBboxes);

        public abstract Builder disableHtmlPrettify(@Nullable Boolean disableHtmlPrettify);

        public abstract Builder exactTranscription(@Nullable Boolean exactTranscription);

        public abstract Builder evalRubricId(@Nullable Integer evalRubricId);

        public abstract Builder processingLocation(@Nullable String processingLocation);

        public abstract Builder extraFields(@Nullable JsonNode extraFields);

        public abstract Builder pollIntervalSecs(@Nullable Integer pollIntervalSecs);

        public abstract Builder maxPollAttempts(@Nullable Integer maxPollAttempts);

        public abstract Builder timeoutSecs(@Nullable Integer timeoutSecs);

        public abstract Builder maxRetries(@Nullable Integer maxRetries);

        public abstract Builder baseRetryDelaySecs(@Nullable Integer baseRetryDelaySecs);

        public abstract Builder jitterPercent(@Nullable Integer jitterPercent);

        public abstract Builder resubmitOnUnknown(@Nullable Boolean resubmitOnUnknown);

        public abstract Builder credential(@Nullable String credential);

        public abstract Builder maxConcurrentRequests(@Nullable Integer maxConcurrentRequests);

        public abstract Builder priority(@Nullable Integer priority);

        /**
         * The request, if a worker would accept it. The worker checks the content of {@code output_format}, schemas and
         * other JSON. The batch ID may be missing: it is set on submit.
         *
         * @throws IllegalArgumentException if a worker would refuse it; the message names the field and says what to do
         */
        public DocumentRequest build() {
            DocumentRequest request = buildUnchecked();
            ItemRules.firstProblem(request)
                    .or(() -> DocumentRules.firstProblem(request).map(CallError::message))
                    .ifPresent(problem -> {
                        throw new IllegalArgumentException(problem);
                    });
            return request;
        }

        /**
         * The request without a check: the common parameters of a batch before the documents are set, or a request from
         * elsewhere. If it is invalid and is sent, its result says why.
         */
        public abstract DocumentRequest buildUnchecked();
    }
}
