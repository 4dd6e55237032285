package io.github.genaistreams.cli.document;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.option.InputFiles;
import io.github.genaistreams.model.CallResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes the contents of documents to files below a directory. */
public final class DocumentFiles {

    private final DocumentForms forms;
    private final OutputNames names;

    /**
     * Creates the directory and chooses the names of the files.
     *
     * @throws CliException if nothing can be written there. This is checked before documents are paid for
     */
    public DocumentFiles(Path directory, Documents documents, DocumentForms forms) {
        this.forms = forms;
        prepare(directory);
        names = new OutputNames(directory, documents.sources(), forms.endings());
        for (int index = 0; index < documents.sources().size(); index++) {
            Path file = names.file(index, forms.endings().iterator().next());
            if (documents.wouldFind(file)) {
                throw new CliException("--out " + directory + ": " + file + " would be an input document of the next"
                        + " run. Use a directory that contains no documents.");
            }
        }
    }

    private static void prepare(Path directory) {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new CliException("--out " + directory + " is a file: give a directory.");
        }
        try {
            Files.createDirectories(directory);
            // A test write shows more than the permissions: the file system may be read-only or full.
            Files.delete(Files.createTempFile(directory, ".genai", ""));
        } catch (IOException e) {
            throw new CliException(
                    "--out " + directory + " is not writable: " + InputFiles.reason(e)
                            + ". Use a directory that is writable.",
                    e);
        }
    }

    /**
     * Writes the files of a document, and returns them.
     *
     * @throws FileSystemException with the file that cannot be written, and the reason
     */
    public List<Path> write(CallResult result) throws FileSystemException {
        List<Path> written = new ArrayList<>();
        for (Map.Entry<String, String> content : forms.of(result).entrySet()) {
            Path file = names.file(result.index(), content.getKey());
            try {
                Files.createDirectories(file.getParent());
                // As bytes, since Java refuses to write a text with half a surrogate pair.
                Files.write(file, content.getValue().getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new FileSystemException(file.toString(), null, InputFiles.reason(e));
            }
            written.add(file);
        }
        return written;
    }
}
