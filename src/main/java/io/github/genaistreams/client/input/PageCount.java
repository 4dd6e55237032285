package io.github.genaistreams.client.input;

import io.github.genaistreams.model.DocumentRequest;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.io.RandomAccessRead;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.io.RandomAccessReadBufferedFile;
import org.apache.pdfbox.pdmodel.PDDocument;

/**
 * The number of pages of a document, if it tells before it is converted: a PDF does. It is a guess, from what the document says of
 * itself, so it is left out rather than told if it cannot be right.
 */
final class PageCount {

    private static final byte[] PDF = {'%', 'P', 'D', 'F', '-'};

    private PageCount() {}

    /** Null if it is no PDF, one that cannot be read without more, or one that tells no number that can be. */
    static Integer of(byte[] document) {
        try (var content = new RandomAccessReadBuffer(document)) {
            return of(content);
        } catch (IOException e) {
            return null;
        }
    }

    /** As {@link #of(byte[])}; the file is not read as a whole. */
    static Integer of(Path document) {
        try (var content = new RandomAccessReadBufferedFile(document)) {
            return of(content);
        } catch (IOException e) {
            return null;
        }
    }

    private static Integer of(RandomAccessRead content) throws IOException {
        for (byte expected : PDF) {
            if (content.read() != expected) {
                return null;
            }
        }
        content.seek(0);
        try (PDDocument pdf = Loader.loadPDF(content)) {
            int pages = pdf.getNumberOfPages();
            return pages >= 1 && pages <= DocumentRequest.MOST_PAGES ? pages : null;
        } catch (RuntimeException | StackOverflowError e) {
            // Of a file that is damaged, or made, in a way that the library does not expect. The API has the last word.
            return null;
        }
    }
}
