package io.github.genaistreams.client.input;

import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The number of pages of a document, if it tells before it is converted: a PDF does. It is a guess, from what the document says of
 * itself, so it is left out rather than told if it cannot be right.
 */
final class PageCount {

    private static final Logger LOG = LoggerFactory.getLogger(PageCount.class);

    private PageCount() {}

    /**
     * Null if it is no PDF, one that cannot be read without more, or one that tells no number that can be. Also null if PDFBox is not on
     * the class path.
     */
    static Integer of(byte[] document) {
        try {
            return PdfPages.of(document);
        } catch (IOException e) {
            return null;
        } catch (NoClassDefFoundError e) {
            return unknown(e);
        }
    }

    /** As {@link #of(byte[])}; the file is not read as a whole. */
    static Integer of(Path document) {
        try {
            return PdfPages.of(document);
        } catch (IOException e) {
            return null;
        } catch (NoClassDefFoundError e) {
            return unknown(e);
        }
    }

    private static Integer unknown(NoClassDefFoundError e) {
        LOG.debug("Pages are not counted: PDFBox is not on the class path", e);
        return null;
    }
}
