package io.github.genaistreams.wire;

/** Names of the record headers that we write; each value but that of {@link #SUMMARY} is text in UTF-8, numbers in decimal. */
public final class WireHeaders {

    /** How the names of all of them begin; other headers are the submitter's. */
    public static final String OURS = "genai.";

    /** Of a request and its result: the name that the submitter's own file has for the item. */
    public static final String CUSTOM_ID = "genai.custom-id";

    /** Of a request for a document and its result: what the submitter calls the document, a path or an address. */
    public static final String FILE_NAME = "genai.file-name";

    /** Of a request: its results are also wanted in index order. On every request of the batch, whatever its value. */
    public static final String ORDERED = "genai.ordered";

    /**
     * Of a request: it is to be called although its item was answered before, and its result takes the place of that one. The
     * value names the retry, so that the same one that arrives twice is called once.
     */
    public static final String RETRY = "genai.retry";

    /**
     * Of an item that was split from a whole batch: the timestamp of that batch's record, in epoch milliseconds. Its result does not
     * have it, since it says so itself.
     */
    public static final String SUBMITTED_AT = "genai.submitted-at";

    /**
     * Of a control record: items of its batch that were submitted again, with {@link #RETRY}. Their failures that are before an offset
     * of the result partition are to be replaced: {@code offset:ranges of indexes}, as in {@code 1200:0-99,105}.
     */
    public static final String RESUBMITTED = "genai.resubmitted";

    /**
     * Of a retry record, and of a request in the journal: the span of its latest attempt, as a W3C traceparent. Its result has that as
     * its {@code traceparent}.
     */
    public static final String ATTEMPT = "genai.attempt";

    /** Of a result: what is counted of it, as bytes, see {@link ResultSummary}. */
    public static final String SUMMARY = "genai.summary";

    /** Of a record with a part of a batch that was too large to be split at once: which part, see {@link BatchPart}. */
    public static final String BATCH_PART = "genai.batch-part";

    /** Why the record is a dead letter, one sentence. */
    public static final String DEAD_LETTER_REASON = "genai.dead-letter.reason";

    /** The topic it came from. */
    public static final String DEAD_LETTER_TOPIC = "genai.dead-letter.topic";

    /** The partition it came from. */
    public static final String DEAD_LETTER_PARTITION = "genai.dead-letter.partition";

    /** Its offset there. */
    public static final String DEAD_LETTER_OFFSET = "genai.dead-letter.offset";

    /** Its timestamp there, in epoch milliseconds. */
    public static final String DEAD_LETTER_TIMESTAMP = "genai.dead-letter.timestamp";

    /**
     * Of a record without a value on the dead letter topic: the letter at this offset of the same partition was replayed. Written
     * in the transaction that replays it.
     */
    public static final String DEAD_LETTER_REPLAYED = "genai.dead-letter.replayed";

    /** Of a replayed record, and of its result: the dead letter that it was, as {@code topic-partition@offset}. */
    public static final String REPLAYED_FROM = "genai.replayed-from";

    private WireHeaders() {}
}
