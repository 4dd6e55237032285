package io.github.genaistreams.wire;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of a batch that a record holds after a split of a larger record: {@link WireHeaders#BATCH_PART}, written as
 * {@code 50000/100000}.
 *
 * @param first the index of its first item
 * @param total number of items of the whole batch
 */
public record BatchPart(int first, int total) {

    private static final Pattern FORM = Pattern.compile("(\\d{1,9})/(\\d{1,9})");

    /** Empty if the text is not valid. */
    public static Optional<BatchPart> parse(String text) {
        Matcher parts = FORM.matcher(text);
        return parts.matches()
                ? Optional.of(new BatchPart(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2))))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return first + "/" + total;
    }
}
