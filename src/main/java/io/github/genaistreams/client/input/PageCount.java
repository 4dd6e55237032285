package io.github.genaistreams.client.input;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the number of pages of a document whose format states it, such as PDF. The number is only what the document says,
 * and an implausible number is ignored.
 */
final class PageCount {

    private static final Logger LOG = LoggerFactory.getLogger(PageCount.class);

    private PageCount() {}

    /**
     * The number of pages; null if the document is not a PDF, cannot be read (encrypted, damaged), or states an impossible
     * number. Also null if PDFBox is not on the class path.
     */
    static @Nullable Integer of(byte[] document) {
        try {
            return PdfPages.of(document);
        } catch (IOException e) {
            return null;
        } catch (NoClassDefFoundError e) {
            return unknown(e);
        }
    }

    /** As {@link #of(byte[])}, without reading the whole file. */
    static @Nullable Integer of(Path document) {
        try {
            return PdfPages.of(document);
        } catch (IOException e) {
            return null;
        } catch (NoClassDefFoundError e) {
            return unknown(e);
        }
    }

    private static @Nullable Integer unknown(NoClassDefFoundError e) {
        LOG.debug("Pages are not counted: PDFBox is not on the class path", e);
        return null;
    }
}
