package io.github.genaistreams.client.input;

import io.github.genaistreams.model.DocumentRequest;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.io.RandomAccessRead;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.io.RandomAccessReadBufferedFile;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.jspecify.annotations.Nullable;

/** Counts pages with PDFBox. It is the only class of the client that uses PDFBox, which is optional for a service. */
final class PdfPages {

    private static final byte[] PDF = {'%', 'P', 'D', 'F', '-'};

    private PdfPages() {}

    /** See {@link PageCount#of(byte[])}. */
    static @Nullable Integer of(byte[] document) throws IOException {
        try (var content = new RandomAccessReadBuffer(document)) {
            return of(content);
        }
    }

    /** See {@link PageCount#of(Path)}. */
    static @Nullable Integer of(Path document) throws IOException {
        try (var content = new RandomAccessReadBufferedFile(document)) {
            return of(content);
        }
    }

    private static @Nullable Integer of(RandomAccessRead content) throws IOException {
        for (byte expected : PDF) {
            if (content.read() != expected) {
                return null;
            }
        }
        content.seek(0);
        try (PDDocument pdf = Loader.loadPDF(content)) {
            int pages = pdf.getNumberOfPages();
            return pages >= 1 && pages <= DocumentRequest.MAX_PAGES ? pages : null;
        } catch (RuntimeException | StackOverflowError e) {
            // The file is damaged or malicious in a way that the library does not expect. The API decides whether to
            // accept it.
            return null;
        }
    }
}
