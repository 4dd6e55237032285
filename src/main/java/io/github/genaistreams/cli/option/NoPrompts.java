package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.CliException;
import java.util.Locale;
import java.util.Set;

/** Refuses files whose names show that their lines are not prompts. Each line would be a paid call. */
final class NoPrompts {

    private static final Set<String> TABLES = Set.of("csv", "tsv", "tab", "psv", "ssv");

    private static final Set<String> BINARY_TABLES = Set.of(
            "xlsx", "xls", "xlsm", "xlsb", "ods", "numbers", "parquet", "arrow", "feather", "avro", "orc", "sqlite",
            "sqlite3", "db", "duckdb", "dta", "sav", "rds", "pkl", "pickle", "npy", "npz", "h5", "hdf5");

    private static final Set<String> PACKED =
            Set.of("gz", "tgz", "zip", "zst", "bz2", "xz", "7z", "tar", "rar", "lz4", "br");

    private static final Set<String> DOCUMENTS = Set.of(
            "pdf", "doc", "docx", "odt", "rtf", "ppt", "pptx", "odp", "epub", "png", "jpg", "jpeg", "gif", "webp",
            "tif", "tiff", "bmp");

    private static final Set<String> JSON = Set.of("json", "jsonl", "ndjson");

    private NoPrompts() {}

    /**
     * Refuses a file that does not contain prompts.
     *
     * @throws CliException with what to do
     */
    static void refuse(String file) {
        String kind = ending(file);
        if (TABLES.contains(kind)) {
            throw new CliException(
                    file + " is a table: each of its lines, including the header, would be a request that costs"
                            + " money. Give the prompt of each row, for example --prompt \"Summarise: {{text}}\" for"
                            + " a column `text`. If each line is a prompt, add --input-format lines.");
        }
        refuseAsTable(file);
        if (DOCUMENTS.contains(kind)) {
            throw new CliException(file + " is a document, not a file of prompts. To convert documents to text, use:"
                    + " genai run documents " + file);
        }
    }

    /**
     * Refuses a file that is not text.
     *
     * @throws CliException with what to do
     */
    static void refuseAsTable(String file) {
        String kind = ending(file);
        if (BINARY_TABLES.contains(kind)) {
            throw new CliException(file + " is a table in a binary format, not a text file. Save it as CSV, and give"
                    + " the prompt of each row, for example --prompt \"Summarise: {{text}}\".");
        }
        if (PACKED.contains(kind)) {
            throw new CliException(
                    file + " is compressed: unpack it first, or use - instead of FILE and pipe the unpacked text to"
                            + " stdin.");
        }
    }

    /**
     * Refuses prompts from a file with the name of a JSON file.
     *
     * @throws CliException with what to do
     */
    static void refuseAsPrompts(String file) {
        if (JSON.contains(ending(file))) {
            throw new CliException(file + " has the name of a JSON file, but does not begin with {: write one JSON"
                    + " object per line, such as {\"user_prompt\": \"…\"}. If each line is a prompt, add"
                    + " --input-format lines.");
        }
    }

    private static String ending(String file) {
        return file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }
}
