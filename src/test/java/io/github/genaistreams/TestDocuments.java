package io.github.genaistreams;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.encryption.AccessPermission;
import org.apache.pdfbox.pdmodel.encryption.StandardProtectionPolicy;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;

/** Documents as people have them. */
public final class TestDocuments {

    private TestDocuments() {}

    /** A PDF whose pages say which they are: {@code title, page 0} and so on. */
    public static byte[] pdf(String title, int pages) {
        return pdf(title, pages, null);
    }

    /** One of a page, and at least so many bytes that cannot be compressed. */
    public static byte[] largePdf(String title, int size) {
        try (var document = Loader.loadPDF(pdf(title, 1))) {
            byte[] filler = new byte[size];
            new Random(title.hashCode()).nextBytes(filler);
            document.getDocumentCatalog()
                    .getCOSObject()
                    .setItem("Filler", new PDStream(document, new ByteArrayInputStream(filler)));
            var bytes = new ByteArrayOutputStream();
            document.save(bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that asks for a password. */
    public static byte[] encryptedPdf() {
        var policy = new StandardProtectionPolicy("owner", "user", new AccessPermission());
        policy.setEncryptionKeyLength(128);
        return pdf("secret", 1, policy);
    }

    private static byte[] pdf(String title, int pages, StandardProtectionPolicy policy) {
        try (var document = new PDDocument()) {
            var font = new PDType1Font(Standard14Fonts.FontName.HELVETICA);
            for (int page = 0; page < pages; page++) {
                var sheet = new PDPage();
                document.addPage(sheet);
                try (var content = new PDPageContentStream(document, sheet)) {
                    content.beginText();
                    content.setFont(font, 12);
                    content.newLineAtOffset(72, 700);
                    content.showText(title + ", page " + page);
                    content.newLineAtOffset(0, -40);
                    content.showText("A second paragraph.");
                    content.endText();
                }
            }
            if (policy != null) {
                document.protect(policy);
            }
            var bytes = new ByteArrayOutputStream();
            document.save(bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] png() {
        try {
            var bytes = new ByteArrayOutputStream();
            ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] docx(String text) {
        return zip(
                "[Content_Types].xml",
                "<Types/>",
                "word/document.xml",
                "<w:document><w:body><w:p><w:r><w:t>" + text + "</w:t></w:r></w:p></w:body></w:document>");
    }

    /** One that begins with a large part, so that the names that tell are far from the first bytes. */
    public static byte[] xlsx() {
        byte[] noise = new byte[200_000];
        new Random(1).nextBytes(noise);
        return zip(
                "[Content_Types].xml",
                "<Types/>",
                "docProps/thumbnail.jpeg",
                new String(noise, UTF_8),
                "xl/workbook.xml",
                "<workbook/>");
    }

    public static byte[] pptx() {
        return zip("[Content_Types].xml", "<Types/>", "_rels/.rels", "<R/>", "ppt/presentation.xml", "<p/>");
    }

    /** OpenDocument or EPUB: the first part says what it is, and is not compressed. */
    public static byte[] withMimetype(String type) {
        return zip("mimetype", type, "META-INF/manifest.xml", "<manifest/>");
    }

    /** A ZIP of names and their texts, in turn. */
    public static byte[] zip(String... parts) {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (int i = 0; i < parts.length; i += 2) {
                byte[] content = parts[i + 1].getBytes(UTF_8);
                var entry = new ZipEntry(parts[i]);
                if (parts[i].equals("mimetype")) {
                    var crc = new CRC32();
                    crc.update(content);
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(content.length);
                    entry.setCrc(crc.getValue());
                }
                zip.putNextEntry(entry);
                zip.write(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * An OLE2 file, as Word, Excel and PowerPoint wrote them up to 2003, with these streams in its root and these in a folder of it,
     * where embedded documents are. The directory's sectors do not follow each other.
     */
    public static byte[] ole(List<String> streams, List<String> embedded) {
        int entries = 2 + streams.size() + embedded.size();
        int directorySectors = (entries + 3) / 4;
        // Sector 0 is the table of chains; the directory takes every second one from 1.
        int sectors = 1 + 2 * directorySectors;
        var file = ByteBuffer.allocate(512 * (1 + sectors)).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(0, 0xE11AB1A1E011CFD0L).putShort(24, (short) 0x3E).putShort(26, (short) 3);
        file.putShort(28, (short) 0xFFFE).putShort(30, (short) 9).putShort(32, (short) 6);
        file.putInt(44, 1).putInt(48, 1).putInt(56, 4_096).putInt(60, -2).putInt(68, -2);
        for (int table = 0; table < 109; table++) {
            file.putInt(76 + 4 * table, table == 0 ? 0 : -1);
        }
        for (int sector = 0; sector < 128; sector++) {
            boolean isDirectory = sector % 2 == 1 && sector < 2 * directorySectors;
            boolean isLast = sector == 2 * directorySectors - 1;
            file.putInt(
                    512 + 4 * sector, sector == 0 ? -3 : isDirectory && !isLast ? sector + 2 : isDirectory ? -2 : -1);
        }
        // The folder comes first, and its streams before the root's, as a search from the beginning would find them.
        int firstOfRoot = 2 + embedded.size();
        entry(file, 0, "Root Entry", 5, -1, 1);
        entry(file, 1, "MBD0001", 1, streams.isEmpty() ? -1 : firstOfRoot, embedded.isEmpty() ? -1 : 2);
        for (int i = 0; i < embedded.size(); i++) {
            entry(file, 2 + i, embedded.get(i), 2, i + 1 < embedded.size() ? 3 + i : -1, -1);
        }
        for (int i = 0; i < streams.size(); i++) {
            int place = firstOfRoot + i;
            entry(file, place, streams.get(i), 2, i + 1 < streams.size() ? place + 1 : -1, -1);
        }
        return file.array();
    }

    private static void entry(ByteBuffer file, int number, String name, int kind, int sibling, int child) {
        int at = 512 * (2 + 2 * (number / 4)) + 128 * (number % 4);
        byte[] letters = name.getBytes(UTF_16LE);
        file.put(at, letters).putShort(at + 64, (short) (letters.length + 2)).put(at + 66, (byte) kind);
        file.putInt(at + 68, -1).putInt(at + 72, sibling).putInt(at + 76, child).putInt(at + 116, -2);
    }
}
