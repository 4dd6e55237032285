package io.github.genaistreams.provider.datalab;

import io.github.genaistreams.model.DocumentRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.tika.Tika;
import org.apache.tika.mime.MimeTypeException;
import org.apache.tika.mime.MimeTypes;

/** What kind of document it is, by what the request says, or else by its first bytes. */
record MediaType(String fileName, String contentType) {

    private static final String UNKNOWN = "application/octet-stream";

    /** Magic numbers are near the beginning; a ZIP's first entries tell office documents apart. */
    private static final int BYTES_LOOKED_AT = 64 << 10;

    static MediaType of(DocumentRequest request, byte[] document) {
        byte[] start = document.length <= BYTES_LOOKED_AT ? document : Arrays.copyOf(document, BYTES_LOOKED_AT);
        String name = plainName(request.fileName());
        String type = request.contentType() == null ? new Tika().detect(start, name) : request.contentType();
        return new MediaType(name == null ? "document" + extension(type) : name, type);
    }

    static MediaType of(DocumentRequest request, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return of(request, in.readNBytes(BYTES_LOOKED_AT));
        } catch (IOException e) {
            throw new UncheckedIOException("The document cannot be read from the store", e);
        }
    }

    /** The name without directories: it is the producer's, and nothing to the API. */
    private static String plainName(String name) {
        if (name == null || name.isBlank()) {
            return null;
        }
        String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        return last.isBlank() ? null : last.replaceAll("[\\p{Cntrl}\"]", "_");
    }

    private static String extension(String type) {
        try {
            String extension = MimeTypes.getDefaultMimeTypes().forName(type).getExtension();
            return UNKNOWN.equals(type) || extension.isEmpty() ? ".bin" : extension;
        } catch (MimeTypeException e) {
            return ".bin";
        }
    }
}
