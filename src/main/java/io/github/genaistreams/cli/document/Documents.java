package io.github.genaistreams.cli.document;

import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.option.InputFiles;
import io.github.genaistreams.client.input.DocumentSource;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.HostPort;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The documents that the arguments name, in the given order. As long as the input files stay the same, the same arguments
 * find the same documents: outputs of an earlier run do not count as documents.
 */
public final class Documents {

    private static final String CHECKPOINT = "checkpoint:";

    private final @Nullable Path outputs;
    private final List<Source> sources = new ArrayList<>();
    private final List<DocumentSearch> searches = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    /**
     * One document.
     *
     * @param name  its name: as on the command line, or where it was found
     * @param file  its path; null for a URL and for a checkpoint
     * @param url   its URL; null for the others
     * @param place path of its output below the output directory, without an extension
     */
    public record Source(
            String name, @Nullable Path file, @Nullable String url, Path place) {

        /** A file from the command line, or from a directory. {@code below} is its path below that directory. */
        static Source file(Path file, Path below) {
            String name = below.getFileName().toString();
            return new Source(file.toString(), file, null, below.resolveSibling(withoutEnding(name)));
        }

        static Source address(String url) {
            URI uri = URI.create(url);
            String path = uri.getPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
            String last = path.substring(path.lastIndexOf('/') + 1);
            // The end of a host name is not a file name extension.
            return new Source(url, null, url, placed(last.isEmpty() ? host(uri) : withoutEnding(last)));
        }

        private static String host(URI uri) {
            return HostPort.of(uri).map(HostPort::host).orElse("document");
        }

        static Source checkpoint(String name) {
            return new Source(name, null, null, placed(name.replace('/', '_')));
        }

        /** A name from elsewhere may contain characters that are invalid in file names here. */
        private static Path placed(String name) {
            try {
                return Path.of(name);
            } catch (InvalidPathException e) {
                return Path.of(name.replaceAll("[^ -~]", "_"));
            }
        }

        private static String withoutEnding(String name) {
            String base = name.replaceAll("\\.[A-Za-z0-9]{1,5}$", "");
            return base.isEmpty() ? name : base;
        }

        DocumentSource document() {
            return file != null
                    ? DocumentSource.of(file)
                    : url != null
                            ? DocumentSource.of(URI.create(url))
                            : new DocumentSource.Checkpoint(name.substring(CHECKPOINT.length()));
        }
    }

    private Documents(@Nullable Path outputs) {
        this.outputs = outputs;
    }

    /**
     * Finds the documents.
     *
     * @param outputs output directory, if there is one; it is skipped in directories and patterns
     * @throws CliException if there are none, or a named one cannot be read
     */
    public static Documents of(List<String> arguments, @Nullable Path outputs) {
        var documents = new Documents(outputs);
        arguments.forEach(documents::add);
        if (documents.sources.isEmpty()) {
            throw new CliException("No documents found in " + String.join(" ", arguments) + "."
                    + (documents.leftOut.isEmpty() ? "" : " Skipped: " + String.join(", ", documents.leftOut) + "."));
        }
        return documents;
    }

    private void add(String argument) {
        if (argument.startsWith("https://") || argument.startsWith("http://")) {
            sources.add(Source.address(checked(argument)));
        } else if (argument.startsWith(CHECKPOINT)) {
            sources.add(Source.checkpoint(argument));
        } else if (Files.isDirectory(Path.of(argument))) {
            search(DocumentSearch.in(Path.of(argument)));
        } else if (!Files.exists(Path.of(argument)) && DocumentSearch.isPattern(argument)) {
            search(DocumentSearch.by(argument));
        } else {
            Path file = Path.of(argument);
            if (!Files.isReadable(file)) {
                throw new CliException(argument + " cannot be read: "
                        + (Files.exists(file) ? "no permission." : "there is no such file."));
            }
            if (isEmpty(file)) {
                throw new CliException("The file " + argument + " is empty: remove it from the command.");
            }
            sources.add(Source.file(file, file.getFileName()));
        }
    }

    private static String checked(String address) {
        DocumentCheck.firstProblem(DocumentRequest.builder().fileUrl(address).buildUnchecked())
                .map(CallError::message)
                .ifPresent(problem -> {
                    throw new CliException(
                            address + " is not an http or https address: give the full address, with %20 for a space.");
                });
        return address;
    }

    private void search(DocumentSearch search) {
        if (outputs != null && search.isIn(outputs) && search.isDirectory()) {
            throw new CliException("--out " + outputs + " is also an input directory: the outputs would be input"
                    + " documents of the next run. Use another directory, for example " + outputs.resolve("out")
                    + ".");
        }
        searches.add(search);
        DocumentSearch.Found found = search.run(outputs);
        leftOut.addAll(found.unreadable());
        for (Path file : found.files()) {
            if (isEmpty(file)) {
                leftOut.add(file + " (empty)");
            } else {
                sources.add(Source.file(file, search.start().relativize(file)));
            }
        }
        if (found.files().isEmpty() && !search.isDirectory()) {
            throw new CliException("No file matches " + search + ".");
        }
    }

    /** Whether a regular file is empty. The size of a pipe is unknown. */
    private static boolean isEmpty(Path file) {
        try {
            return Files.isRegularFile(file) && Files.size(file) == 0;
        } catch (IOException e) {
            throw InputFiles.unreadable(file, e);
        }
    }

    /** The documents by index. */
    public List<Source> sources() {
        return sources;
    }

    /** Files in the directories that are not documents of the batch, and why. */
    public List<String> leftOut() {
        return leftOut;
    }

    /** Whether the same arguments would find this file. */
    boolean wouldFind(Path file) {
        return searches.stream().anyMatch(search -> search.finds(file, outputs));
    }
}
