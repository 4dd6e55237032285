package io.github.genaistreams.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.TSFBuilder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.avro.AvroFactory;
import com.fasterxml.jackson.dataformat.avro.AvroMapper;

/**
 * The mapping between the records and the wire, configured for JSON and for Avro. The two differ only in a few leaves
 * (see {@link ValueCodecs}).
 *
 * <p>The mapping is strict. A producer that writes {@code "0.7"} for 0.7 learns of the mistake from the first record,
 * not from a bill.
 */
final class Mappers {

    static final ObjectMapper JSON = configure(
                    JsonMapper.builder(limits(new JsonFactoryBuilder())
                            // Otherwise, bytes that look like UTF-16 would be accepted. Records are UTF-8.
                            .disable(JsonFactory.Feature.CHARSET_DETECTION)
                            .build()),
                    ValueCodecs.json())
            .build();

    static final AvroMapper AVRO = configure(
                    AvroMapper.builder(limits(AvroFactory.builder()).build()), ValueCodecs.avro())
            .build();

    /**
     * As {@link #JSON}, but accepts repeated names and unknown fields, to find the problem of a record that
     * {@link #JSON} refuses.
     */
    static final ObjectMapper LENIENT_JSON = configure(
                    JsonMapper.builder(limits(new JsonFactoryBuilder())
                            .disable(JsonFactory.Feature.CHARSET_DETECTION)
                            .disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                            .build()),
                    ValueCodecs.json())
            .build();

    private Mappers() {}

    private static <F extends JsonFactory, B extends TSFBuilder<F, B>> B limits(B factory) {
        return limits(factory, StreamReadConstraints.DEFAULT_MAX_DEPTH);
    }

    static <F extends JsonFactory, B extends TSFBuilder<F, B>> B limits(B factory, int maxDepth) {
        // The whole record is already in memory. Only Kafka's own size limits apply.
        return factory.streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(Integer.MAX_VALUE)
                        .maxNameLength(Integer.MAX_VALUE)
                        .maxNestingDepth(maxDepth)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                // Prompts must not get into log lines through an exception's message.
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION);
    }

    private static <M extends ObjectMapper, B extends MapperBuilder<M, B>> B configure(B mapper, SimpleModule leaves) {
        return mapper.addModule(leaves)
                .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .withCoercionConfig(
                        LogicalType.Textual, text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail));
    }
}
