package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a document, not copied, and not to be changed. Equal if the bytes are equal.
 */
public record DocumentBytes(@JsonValue byte[] bytes) {

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public DocumentBytes {
        Objects.requireNonNull(bytes, "bytes");
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DocumentBytes that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length + " bytes";
    }
}
