package io.github.genaistreams.serve.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.serve.http.ApiException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the fields with which a caller creates a batch. A field that cannot be used is an {@link ApiException}. */
final class BatchFields {

    private static final int MAX_METADATA = 16;
    private static final int MAX_METADATA_KEY = 64;
    private static final int MAX_METADATA_VALUE = 512;

    /** Fields of the metadata that say how a batch is run. */
    static final String PRIORITY = "priority";

    static final String MAX_COST = "max_cost_usd";

    private BatchFields() {}

    /** A required text. */
    static String text(ObjectNode body, String field) {
        JsonNode value = body.get(field);
        if (value == null || value.isNull()) {
            throw ApiException.invalid(
                    field, "missing_required_parameter", "Missing required parameter: '" + field + "'.");
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw ApiException.invalid(field, "invalid_type", "`" + field + "` must be a string that is not empty.");
        }
        return value.textValue();
    }

    /** @param max the longest window that this server allows */
    static Duration window(String text, Duration max) {
        Duration window = !text.matches("\\d{1,3}[hd]")
                ? Duration.ZERO
                : text.endsWith("h")
                        ? Duration.ofHours(Long.parseLong(text.substring(0, text.length() - 1)))
                        : Duration.ofDays(Long.parseLong(text.substring(0, text.length() - 1)));
        if (window.isZero() || window.compareTo(max) > 0) {
            throw ApiException.invalid(
                    "completion_window",
                    "invalid_value",
                    "`completion_window` must be from 1h to %dh, for example 24h.".formatted(max.toHours()));
        }
        return window;
    }

    /** With OpenAI's limits: 16 pairs, names of 64 characters and values of 512 characters. */
    static Map<String, String> metadata(JsonNode given) {
        if (given.isMissingNode() || given.isNull()) {
            return Map.of();
        }
        if (!given.isObject() || given.size() > MAX_METADATA) {
            throw ApiException.invalid(
                    "metadata",
                    "invalid_type",
                    "`metadata` must be an object of at most " + MAX_METADATA + " strings.");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        given.properties().forEach(entry -> {
            String value = entry.getValue().textValue();
            if (value == null
                    || value.length() > MAX_METADATA_VALUE
                    || entry.getKey().length() > MAX_METADATA_KEY) {
                throw ApiException.invalid(
                        "metadata",
                        "invalid_value",
                        "A name in `metadata` must have at most " + MAX_METADATA_KEY
                                + " characters, and its value must be a string of at most " + MAX_METADATA_VALUE + ".");
            }
            metadata.put(entry.getKey(), value);
        });
        return metadata;
    }

    static @Nullable Integer priority(@Nullable String text) {
        if (text == null) {
            return null;
        }
        int priority = text.matches("\\d{1,3}") ? Integer.parseInt(text) : 0;
        if (priority < ResponsesRequest.MIN_PRIORITY || priority > ResponsesRequest.MAX_PRIORITY) {
            throw ApiException.invalid(
                    "metadata." + PRIORITY,
                    "invalid_value",
                    "`metadata." + PRIORITY + "` must be from " + ResponsesRequest.MIN_PRIORITY + " to "
                            + ResponsesRequest.MAX_PRIORITY + ".");
        }
        return priority;
    }

    static @Nullable BigDecimal maxCost(@Nullable String text) {
        if (text == null) {
            return null;
        }
        if (text.matches("\\d{1,9}(\\.\\d{1,9})?") && new BigDecimal(text).signum() > 0) {
            return new BigDecimal(text);
        }
        throw ApiException.invalid(
                "metadata." + MAX_COST,
                "invalid_value",
                "`metadata." + MAX_COST + "` must be an amount above 0, for example 2.50.");
    }
}
