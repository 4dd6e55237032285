package io.github.genaistreams.wire;

import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Walks over an Avro value before it is decoded, and checks that it claims no more than the available bytes. A decoder
 * trusts a length and allocates memory for it: a record of 20 bytes that claims a text of a gigabyte would end the
 * process. So would a schema (from anybody who may write to the schema registry) with endless values of zero bytes or
 * endless nesting.
 */
final class AvroLengths {

    private static final int MAX_VARINT_BYTES = 10;

    /** Maximum depth of nested values. None of our schemas has ten. */
    private static final int MAX_DEPTH = 200;

    /**
     * Extra values that a record may have beyond the number of its bytes. Our records have one value per byte, or two.
     */
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
     * Walks over one value. The reader refuses bytes after it.
     *
     * @param schema the writer's schema
     * @return where the value ends
     * @throws WireException if it ends early, claims more bytes than there are, or has a branch or a symbol that is not
     *     in the schema
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
    private void skipBlocks(@Nullable Schema key, Schema value) {
        for (long items = block(); items != 0; items = block()) {
            for (long i = 0; i < items; i++) {
                if (key != null) {
                    skip(key);
                }
                skip(value);
            }
        }
    }

    /** The number of items that follow. */
    private long block() {
        long items = number();
        if (items < 0) {
            number(); // bytes of the block, for a reader that skips it
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
        return new WireException("the Avro value is truncated: it claims more bytes than it has");
    }
}
