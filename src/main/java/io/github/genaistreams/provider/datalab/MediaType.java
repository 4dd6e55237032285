package io.github.genaistreams.provider.datalab;

import io.github.genaistreams.model.DocumentRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.apache.tika.Tika;
import org.apache.tika.mime.MimeTypeException;
import org.apache.tika.mime.MimeTypes;
import org.jspecify.annotations.Nullable;

/**
 * The file name and the media type of a document. The type is the request's own; without one, it follows from the first
 * bytes, and for an office document from its parts.
 */
record MediaType(String fileName, String contentType) {

    private static final String UNKNOWN = "application/octet-stream";

    /** Magic numbers are near the beginning. */
    private static final int SNIFFED_BYTES = 64 << 10;

    /** Shared, since its registry of types takes long to load. Thread-safe. */
    private static final Tika TIKA = new Tika();

    /** Types that Tika has invented for content that it cannot determine. No other program knows them. */
    private static final String MADE_UP = "application/x-tika-";

    private static final String ZIP = "application/zip";

    static MediaType of(DocumentRequest request, byte[] document) {
        return of(request, Container.of(document));
    }

    static MediaType of(DocumentRequest request, Path file) {
        try (FileChannel in = FileChannel.open(file)) {
            return of(request, Container.of(in));
        } catch (IOException e) {
            throw new UncheckedIOException("The document cannot be read from the store", e);
        }
    }

    private static MediaType of(DocumentRequest request, Container document) {
        String name = plainName(request.fileName());
        String type = request.contentType() == null ? detect(document, name) : request.contentType();
        return new MediaType(name == null ? "document" + extension(type) : name, type);
    }

    private static String detect(Container document, @Nullable String name) {
        ByteBuffer start = document.read(0, SNIFFED_BYTES);
        byte[] bytes = new byte[start.remaining()];
        start.get(bytes);
        String type = TIKA.detect(bytes, name);
        boolean isMadeUp = type.startsWith(MADE_UP);
        // Tika guesses the type of an OLE2 file from words, which an embedded document may contain as well.
        return isMadeUp || type.equals(ZIP) || OleDirectory.isAt(document)
                ? document.officeType().orElse(isMadeUp ? UNKNOWN : type)
                : type;
    }

    /** The name without directories, which are no concern of the API. Null if nothing is left. */
    private static @Nullable String plainName(@Nullable String name) {
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
