package io.github.genaistreams.wire;

import org.apache.avro.Schema;

/**
 * Walks over an Avro value before it is read, and makes sure that it claims no more than the bytes that are there. A decoder takes a
 * length at its word and makes room for it: a record of 20 bytes that claims a text of a gigabyte would end the process. So would a
 * schema, of whoever may write to a schema registry, whose values go on and on without a byte, or contain each other without end.
 */
final class AvroLengths {

    private static final int MAX_VARINT_BYTES = 10;

    /** Values within values. None of ours has ten. */
    private static final int MAX_DEPTH = 200;

    /** Values that a record may have beyond those that its bytes are for. Those of ours have one for each byte, or two. */
    private static final long SPARE_VALUES = 10_000;

    private static final int MAX_VALUES_PER_BYTE = 8;

    private final byte[] bytes;
    private int at;
    private int depth;
    private long valuesLeft;

    private AvroLengths(byte[] bytes, int start) {
        this.bytes = bytes;
        this.at = start;
        this.valuesLeft = SPARE_VALUES + (long) MAX_VALUES_PER_BYTE * bytes.length;
    }

    /**
     * Reads over one value. Bytes after it are the reader's to refuse.
     *
     * @param schema that the value was written in
     * @return where the value ends
     * @throws WireException if it ends early, claims more than there is, or has a branch or a symbol that the schema has not
     */
    static int check(Schema schema, byte[] bytes, int start) {
        var walk = new AvroLengths(bytes, start);
        walk.skip(schema);
        return walk.at;
    }

    private void skip(Schema schema) {
        if (++depth > MAX_DEPTH || --valuesLeft < 0) {
            throw new WireException("the Avro value is nested too deeply, or has too many values without a byte");
        }
        skipValue(schema);
        depth--;
    }

    private void skipValue(Schema schema) {
        switch (schema.getType()) {
            case NULL -> {}
            case BOOLEAN -> skip(1);
            case INT, LONG -> number();
            case FLOAT -> skip(Float.BYTES);
            case DOUBLE -> skip(Double.BYTES);
            case FIXED -> skip(schema.getFixedSize());
            case STRING, BYTES -> skip(number());
            case ENUM -> below(schema.getEnumSymbols().size());
            case UNION -> skip(schema.getTypes().get(below(schema.getTypes().size())));
            case RECORD -> schema.getFields().forEach(field -> skip(field.schema()));
            case ARRAY -> skipBlocks(null, schema.getElementType());
            case MAP -> skipBlocks(Schema.create(Schema.Type.STRING), schema.getValueType());
        }
    }

    /** @param key null for an array */
    private void skipBlocks(Schema key, Schema value) {
        for (long items = block(); items != 0; items = block()) {
            for (long i = 0; i < items; i++) {
                if (key != null) {
                    skip(key);
                }
                skip(value);
            }
        }
    }

    /** How many items come next. */
    private long block() {
        long items = number();
        if (items < 0) {
            number(); // bytes of the block, for who skips it
            items = -items;
        }
        if (items < 0 || items > bytes.length - at) {
            throw tooLong();
        }
        return items;
    }

    private int below(int bound) {
        long number = number();
        if (number < 0 || number >= bound) {
            throw new WireException("the Avro value is malformed");
        }
        return (int) number;
    }

    private void skip(long length) {
        if (length < 0 || length > bytes.length - at) {
            throw tooLong();
        }
        at += (int) length;
    }

    private long number() {
        long zigzag = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            if (at >= bytes.length) {
                throw tooLong();
            }
            byte next = bytes[at++];
            zigzag |= (next & 0x7fL) << (7 * i);
            if (next >= 0) {
                return zigzag >>> 1 ^ -(zigzag & 1);
            }
        }
        throw new WireException("the Avro value is malformed");
    }

    private static WireException tooLong() {
        return new WireException("the Avro value is cut short: it claims more bytes than it has");
    }
}
