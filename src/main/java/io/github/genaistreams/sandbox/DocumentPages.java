package io.github.genaistreams.sandbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.io.IOUtils;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.pdfbox.text.PDFTextStripper;

/**
 * The text of a document: pages of paragraphs. A PDF gives its text layer. An image gives nothing, since there is no
 * OCR here. The first bytes decide what a document is.
 */
final class DocumentPages {

    private static final int LOOKED_AT = 512;

    /** PDF readers search this many bytes at the end for {@code startxref}. */
    private static final int END = 1024;

    /** The last one counts, since changes may be appended to a PDF. */
    private static final Pattern CONTENTS_AT = Pattern.compile("(?s).*startxref\\s+(\\d{1,15})\\s.*?%%EOF");

    private static final String PARAGRAPH = "\f";
    private static final Pattern HIDDEN = Pattern.compile("(?is)<!--.*?-->|<(script|style)\\b.*?</\\1\\s*>");
    private static final Pattern INLINE =
            Pattern.compile("(?i)</?(a|b|code|em|i|small|span|strong|sub|sup|u)\\b[^>]*>");
    private static final Pattern TAG = Pattern.compile("<[a-zA-Z/!?][^>]*>");

    private DocumentPages() {}

    /** The API does not convert this kind of file. */
    static final class UnsupportedException extends Exception {
        UnsupportedException() {
            super("Unsupported file type");
        }
    }

    /** @param pages paragraphs of each page */
    record Content(List<List<String>> pages, boolean isImage) {}

    /** The pages of a document. Blocking. */
    static Content read(Path file) throws IOException, UnsupportedException {
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(LOOKED_AT);
        }
        String head = new String(start, ISO_8859_1);
        if (head.contains("%PDF-")) {
            return new Content(pdf(file), false);
        }
        if (isImage(head)) {
            return new Content(List.of(List.of()), true);
        }
        if (head.startsWith("PK")) {
            return new Content(docx(file), false);
        }
        if (head.toLowerCase(Locale.ROOT).matches("(?s)\\s*(<!doctype html|<html).*")) {
            return new Content(List.of(html(Files.readString(file))), false);
        }
        throw new UnsupportedException();
    }

    private static boolean isImage(String head) {
        return head.startsWith("\u0089PNG")
                || head.startsWith("\u00ff\u00d8\u00ff")
                || head.startsWith("GIF8")
                || head.startsWith("II*\0")
                || head.startsWith("MM\0*")
                || head.startsWith("RIFF") && head.startsWith("WEBP", 8);
    }

    /** Refuses a PDF that is cut off. PDFBox would read its first pages, as if they were the whole document. */
    private static void checkEnd(Path file) throws IOException {
        try (var in = new RandomAccessFile(file.toFile(), "r")) {
            byte[] end = new byte[(int) Math.min(END, in.length())];
            in.seek(in.length() - end.length);
            in.readFully(end);
            Matcher contentsAt = CONTENTS_AT.matcher(new String(end, ISO_8859_1));
            // A linearised PDF also has a startxref of 0 near its beginning. The real one is at its end.
            if (!contentsAt.lookingAt()
                    || Long.parseLong(contentsAt.group(1)) == 0
                    || Long.parseLong(contentsAt.group(1)) >= in.length()) {
                throw new IOException("The PDF is not complete: its end is missing");
            }
        }
    }

    private static List<List<String>> pdf(Path file) throws IOException {
        checkEnd(file);
        try (PDDocument document = Loader.loadPDF(file.toFile(), IOUtils.createTempFileOnlyStreamCache())) {
            List<List<String>> pages = new ArrayList<>();
            var stripper = new PDFTextStripper();
            // Sorted by position, the columns of a page would be mixed line by line.
            stripper.setParagraphEnd("\n");
            for (int page = 1; page <= document.getNumberOfPages(); page++) {
                stripper.setStartPage(page);
                stripper.setEndPage(page);
                pages.add(paragraphs(stripper.getText(document)));
            }
            if (pages.isEmpty()) {
                throw new IOException("The PDF has no pages");
            }
            return pages;
        } catch (InvalidPasswordException e) {
            throw new IOException("The PDF is encrypted");
        }
    }

    private static List<List<String>> docx(Path file) throws IOException, UnsupportedException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry body = zip.getEntry("word/document.xml");
            if (body == null) {
                throw new UnsupportedException();
            }
            try (InputStream xml = zip.getInputStream(body)) {
                return List.of(word(xml));
            }
        }
    }

    /** The text of each paragraph ({@code w:p}) with its line breaks. */
    private static List<String> word(InputStream xml) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        // A document may come from anywhere. It defines nothing and names no other file to read.
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        var text = new StringBuilder();
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(xml);
            while (reader.hasNext()) {
                String element = reader.next() == XMLStreamReader.START_ELEMENT ? reader.getLocalName() : "";
                // The prefix is the choice of whoever wrote the document.
                switch (element.substring(element.indexOf(':') + 1)) {
                    case "p" -> text.append(PARAGRAPH);
                    case "t" -> text.append(reader.getElementText());
                    case "br" -> text.append('\n');
                    default -> {
                        // Layout, not text.
                    }
                }
            }
        } catch (XMLStreamException e) {
            throw new IOException("The document is damaged", e);
        }
        return Stream.of(text.toString().split(PARAGRAPH))
                .map(String::strip)
                .filter(paragraph -> !paragraph.isEmpty())
                .toList();
    }

    /** The text between the tags, with the most common entities decoded. */
    private static List<String> html(String page) {
        String text = HIDDEN.matcher(page).replaceAll(" ").replaceAll("\\s+", " ");
        text = INLINE.matcher(text).replaceAll("");
        return paragraphs(TAG.matcher(text)
                .replaceAll("\n")
                .replace("&nbsp;", " ")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&"));
    }

    /** Each line is a paragraph. Blank lines are left out. */
    private static List<String> paragraphs(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }
}
