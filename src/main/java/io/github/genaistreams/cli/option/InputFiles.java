package io.github.genaistreams.cli.option;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.cli.console.CliException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the files of options. For an unreadable file, it throws an exception with a sentence for the user. */
public final class InputFiles {

    public static final JsonNodeType OBJECT = JsonNodeType.OBJECT;
    static final JsonNodeType LIST = JsonNodeType.ARRAY;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private InputFiles() {}

    /** The JSON in a file. */
    public static JsonNode json(String option, Path file, JsonNodeType type) {
        try {
            JsonNode json = MAPPER.readTree(text(file));
            if (json.getNodeType() != type) {
                String expected = type == LIST ? "a JSON list" : "a JSON object";
                throw new CliException(option + ": " + file + " must contain " + expected + ".");
            }
            return json;
        } catch (JsonProcessingException e) {
            throw new CliException(option + ": " + file + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** A word as it is, or a JSON object from the command line. */
    static JsonNode wordOrObject(String option, String value) {
        if (!value.stripLeading().startsWith("{")) {
            return TextNode.valueOf(value);
        }
        try {
            return MAPPER.readTree(value);
        } catch (JsonProcessingException e) {
            throw new CliException(option + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The value itself, or the content of a file: {@code @FILE}. */
    static String textOrFile(String value) {
        return value.startsWith("@") ? text(Path.of(value.substring(1))) : value;
    }

    static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    public static CliException unreadable(@Nullable Path file, IOException e) {
        return new CliException(file + " cannot be read: " + reason(e) + ".", e);
    }

    /** Why a file cannot be read or written, as the end of a sentence. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "no permission";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "there is a file of that name";
        }
        if (e instanceof FileSystemException problem && problem.getReason() != null) {
            return problem.getReason();
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
