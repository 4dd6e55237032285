package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tokens of an answer. Figures that cannot be right (negative, with a fraction, or above
 * {@link Usage#MAX_TOKENS}) are not used: the cost is then unknown, and not wrong. The answer keeps them.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/object">The response object</a>
 */
final class UsageReader {

    private static final Pattern DIGITS = Pattern.compile("\\d{1,18}");

    private static final Set<String> KNOWN =
            Set.of("cached_tokens", "cache_write_tokens", "audio_tokens", "reasoning_tokens");

    private UsageReader() {}

    /** A figure that is missing beside others counts as 0. Null if all are missing, or one cannot be right. */
    static @Nullable Usage read(JsonNode usage) {
        try {
            OptionalLong input = tokens(usage.path("input_tokens"));
            OptionalLong output = tokens(usage.path("output_tokens"));
            if (input.isEmpty() && output.isEmpty()) {
                return null;
            }
            JsonNode inputDetails = usage.path("input_tokens_details");
            JsonNode outputDetails = usage.path("output_tokens_details");
            Usage known = new Usage(
                    input.orElse(0),
                    details(inputDetails, true),
                    output.orElse(0),
                    details(outputDetails, true),
                    tokens(usage.path("total_tokens")).orElse(input.orElse(0) + output.orElse(0)));
            Map<String, Long> otherInput = details(inputDetails, false);
            Map<String, Long> otherOutput = details(outputDetails, false);
            // The number of kinds is limited. The known kinds come first, so that they are always included.
            return otherInput.isEmpty() && otherOutput.isEmpty()
                    ? known
                    : known.plus(new Usage(0, otherInput, 0, otherOutput, 0));
        } catch (NotTokensException e) {
            return null;
        }
    }

    /** @param known whether to read the {@link #KNOWN} kinds, or the others */
    private static Map<String, Long> details(JsonNode details, boolean known) throws NotTokensException {
        var kinds = new HashMap<String, Long>();
        for (Map.Entry<String, JsonNode> kind : details.properties()) {
            // Servers put other values there too: seconds, money, names.
            boolean isNote =
                    !kind.getValue().isIntegralNumber() && !kind.getKey().endsWith("_tokens");
            if (KNOWN.contains(kind.getKey()) == known && !isNote) {
                tokens(kind.getValue()).ifPresent(tokens -> kinds.put(kind.getKey(), tokens));
            }
        }
        return kinds;
    }

    /** A number of tokens. Empty if it is no number. Some servers send it as a string, or with a fraction of zero. */
    private static OptionalLong tokens(JsonNode figure) throws NotTokensException {
        if (figure.isTextual()) {
            if (!DIGITS.matcher(figure.textValue()).matches()) {
                throw new NotTokensException();
            }
            return inRange(Long.parseLong(figure.textValue()));
        }
        if (!figure.isNumber()) {
            return OptionalLong.empty();
        }
        if (figure.isIntegralNumber() && figure.canConvertToLong()) {
            return inRange(figure.longValue());
        }
        BigDecimal exact = figure.decimalValue();
        // Its size first: 1e1000000000 would fill the memory with its digits.
        boolean isInRange = exact.signum() >= 0 && exact.compareTo(BigDecimal.valueOf(Usage.MAX_TOKENS)) <= 0;
        if (!isInRange || exact.signum() != 0 && exact.stripTrailingZeros().scale() > 0) {
            throw new NotTokensException();
        }
        return OptionalLong.of(exact.longValue());
    }

    private static OptionalLong inRange(long tokens) throws NotTokensException {
        if (tokens < 0 || tokens > Usage.MAX_TOKENS) {
            throw new NotTokensException();
        }
        return OptionalLong.of(tokens);
    }

    /** The value is in the place of a token count, and is not one. */
    private static final class NotTokensException extends Exception {}
}
