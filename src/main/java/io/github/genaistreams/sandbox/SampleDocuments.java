package io.github.genaistreams.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;

/** Makes documents for demos and tests. */
public final class SampleDocuments {

    private static final float LEFT = 72;
    private static final float TOP = 720;
    private static final float LINE = 40;
    private static final float SIZE = 12;

    private SampleDocuments() {}

    /** A PDF with these pages, each with its paragraphs; of letters that every PDF reader has. */
    public static byte[] pdf(List<List<String>> pages) {
        try (var document = new PDDocument()) {
            var font = new PDType1Font(Standard14Fonts.FontName.HELVETICA);
            for (List<String> paragraphs : pages) {
                var page = new PDPage();
                document.addPage(page);
                try (var content = new PDPageContentStream(document, page)) {
                    content.beginText();
                    content.setFont(font, SIZE);
                    content.newLineAtOffset(LEFT, TOP);
                    for (String paragraph : paragraphs) {
                        content.showText(paragraph);
                        content.newLineAtOffset(0, -LINE);
                    }
                    content.endText();
                }
            }
            var bytes = new ByteArrayOutputStream();
            document.save(bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            // Impossible: it writes into memory.
            throw new UncheckedIOException(e);
        }
    }
}
