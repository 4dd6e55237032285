package io.github.genaistreams.wire;

import java.util.regex.Pattern;

/**
 * The names of all topics of one installation.
 *
 * @param prefix of every name; letters, digits, {@code . _ -}, possibly empty
 */
public record Topics(String prefix) {

    public static final String DEFAULT_PREFIX = "genai.";

    /** Name of the Responses API in topics and results. */
    public static final String RESPONSES = "responses";

    /** Name of the document API in topics and results. */
    public static final String DOCUMENTS = "documents";

    /** Kafka allows names of 249 characters; the rest is left for our part of the name. */
    private static final int MAX_PREFIX_LENGTH = 200;

    private static final Pattern LEGAL = Pattern.compile("[a-zA-Z0-9._-]*");
    private static final Pattern API = Pattern.compile("[a-z][a-z0-9-]{0,30}");

    public Topics {
        if (prefix == null
                || prefix.length() > MAX_PREFIX_LENGTH
                || !LEGAL.matcher(prefix).matches()) {
            throw new IllegalArgumentException("topic prefix must be at most " + MAX_PREFIX_LENGTH
                    + " letters, digits, dots, underscores or hyphens, but is: " + prefix);
        }
    }

    /** With the prefix {@value #DEFAULT_PREFIX}. */
    public static Topics withDefaultPrefix() {
        return new Topics(DEFAULT_PREFIX);
    }

    /** Requests of an API, for example {@code responses}. */
    public String requests(String api) {
        return ofApi(api, "requests");
    }

    /** Requests of an API that go before all others. */
    public String urgent(String api) {
        return ofApi(api, "requests.urgent");
    }

    /** Requests of an API that wait for another attempt. */
    public String retries(String api) {
        return ofApi(api, "retries");
    }

    /** One result per request, a batch in one partition. */
    public String results() {
        return prefix + "results";
    }

    /** The state of each batch. */
    public String batches() {
        return prefix + "batches";
    }

    /** Results in index order within a batch. */
    public String resultsOrdered() {
        return prefix + "results.ordered";
    }

    /** Controls of batches. */
    public String control() {
        return prefix + "control";
    }

    /** Notes about batches from worker to worker, a batch in one partition. */
    public String batchNotes() {
        return prefix + "batch-notes";
    }

    /** Pieces of streamed answers, a batch in one partition. */
    public String deltas() {
        return prefix + "deltas";
    }

    /** Records that identify no item. */
    public String deadLetters() {
        return prefix + "dead-letters";
    }

    /** The files, batches and responses of {@code genai serve}, by ID. */
    public String serveObjects() {
        return prefix + "serve.objects";
    }

    /** The content of files that were uploaded to {@code genai serve}. A file is in one partition. */
    public String serveFiles() {
        return prefix + "serve.files";
    }

    private String ofApi(String api, String suffix) {
        if (!API.matcher(api).matches()) {
            throw new IllegalArgumentException("not the name of an API: " + api);
        }
        return prefix + api + "." + suffix;
    }
}
