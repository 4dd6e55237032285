package io.github.genaistreams.wire;

/**
 * Names of the record headers of this program. Each value except that of {@link #SUMMARY} is UTF-8 text, with decimal
 * numbers.
 */
public final class WireHeaders {

    /** The prefix of all their names; other headers are the submitter's. */
    public static final String OURS = "genai.";

    /** On a request and its result: the item's name in the submitter's own file. */
    public static final String CUSTOM_ID = "genai.custom-id";

    /** On a document's request and its result: the submitter's name of the document, a path or a URL. */
    public static final String FILE_NAME = "genai.file-name";

    /** On a request: its results are also published in index order. On every request of the batch, with any value. */
    public static final String ORDERED = "genai.ordered";

    /**
     * On a request: it is called although its item was answered before, and its result replaces the earlier one. The
     * value names the retry, so that a repeat of the same retry is called once.
     */
    public static final String RETRY = "genai.retry";

    /**
     * On an item that was split from a whole batch: the timestamp of that batch's record, in epoch milliseconds. The
     * item's result does not have this header, since it contains the time.
     */
    public static final String SUBMITTED_AT = "genai.submitted-at";

    /**
     * On a control record without a key: the alias of a credential whose hold a person ends. Workers of a version that
     * does not know it ignore the record.
     */
    public static final String RESUME = "genai.resume";

    /**
     * On a control record: items of its batch that were submitted again with {@link #RETRY}. Their failures before an
     * offset of the result partition will be replaced: {@code offset:ranges of indexes}, as in {@code 1200:0-99,105}.
     */
    public static final String RESUBMITTED = "genai.resubmitted";

    /**
     * On a retry record, and on a request in the journal: the span of its latest attempt, as a W3C traceparent. Its
     * result has it as its {@code traceparent}.
     */
    public static final String ATTEMPT = "genai.attempt";

    /**
     * On a retry record, on a request in the journal, and on its result: the request came from the urgent topic. Without
     * a meaning on a request record.
     */
    public static final String URGENT = "genai.urgent";

    /** On a result: its figures, as bytes; see {@link ResultSummary}. */
    public static final String SUMMARY = "genai.summary";

    /** On a record with a part of a batch that was too large to be split at once: the part, see {@link BatchPart}. */
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
     * On a record without a value on the dead letter topic: the letter at this offset of the same partition was
     * replayed. Written in the transaction of the replay.
     */
    public static final String DEAD_LETTER_REPLAYED = "genai.dead-letter.replayed";

    /** On a replayed record, and on its result: the original dead letter, as {@code topic-partition@offset}. */
    public static final String REPLAYED_FROM = "genai.replayed-from";

    private WireHeaders() {}
}
