package io.github.genaistreams.wire;

/**
 * The form of one record, by its first bytes.
 *
 * @param format JSON or Avro
 * @param start  where the value begins: after a byte order mark and white space in JSON, after the fingerprint in Avro
 */
record WireForm(WireFormat format, int start) {

    /**
     * Throws {@link WireException} for any other form, including Confluent's, which {@link Codec#plain} converts to
     * this.
     */
    static WireForm of(byte[] bytes) {
        if (SingleObject.isMarked(bytes)) {
            return new WireForm(WireFormat.AVRO, SingleObject.HEADER_LENGTH);
        }
        int start = skipWhiteSpace(bytes, hasByteOrderMark(bytes) ? 3 : 0);
        if (start == bytes.length) {
            throw new WireException("the value is empty");
        }
        return switch (bytes[start]) {
            case '{' -> new WireForm(WireFormat.JSON, start);
            case '[' -> throw new WireException("the value is a JSON array; send one JSON object per record");
            default -> throw new WireException("the value is neither a JSON object nor Avro single-object encoding");
        };
    }

    private static boolean hasByteOrderMark(byte[] bytes) {
        return bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
    }

    private static int skipWhiteSpace(byte[] bytes, int from) {
        int at = from;
        while (at < bytes.length && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t')) {
            at++;
        }
        return at;
    }
}
