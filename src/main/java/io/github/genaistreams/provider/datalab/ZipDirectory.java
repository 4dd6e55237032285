package io.github.genaistreams.provider.datalab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;

/**
 * The type of a ZIP file, by the names in the directory at its end. Nothing is decompressed, and only a part of the
 * directory is read: anybody may have made the document, and libraries would read the whole directory into memory.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">APPNOTE</a>
 */
final class ZipDirectory {

    private static final Map<String, String> BY_FOLDER = Map.of(
            "word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation");

    /** Enough for thousands of names. The ones that count are among the first. */
    private static final int MAX_BYTES = 1 << 20;

    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int MAX_COMMENT_LENGTH = 65_535;
    private static final int ENTRY = 0x02014b50;
    private static final int ENTRY_BYTES = 46;
    private static final int FILE = 0x04034b50;
    private static final int FILE_BYTES = 30;
    private static final int MAX_TYPE_LENGTH = 200;

    private ZipDirectory() {}

    /** Empty if it is not such a document. */
    static Optional<String> type(Container document) {
        long tailStart = Math.max(0, document.size() - END_BYTES - MAX_COMMENT_LENGTH);
        ByteBuffer tail = document.read(tailStart, END_BYTES + MAX_COMMENT_LENGTH);
        for (int end = tail.limit() - END_BYTES; end >= 0; end--) {
            if (tail.getInt(end) == END) {
                long size = Integer.toUnsignedLong(tail.getInt(end + 12));
                long start = Integer.toUnsignedLong(tail.getInt(end + 16));
                return type(document, document.read(start, (int) Math.min(size, MAX_BYTES)));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> type(Container document, ByteBuffer directory) {
        int entry = 0;
        while (entry + ENTRY_BYTES <= directory.limit() && directory.getInt(entry) == ENTRY) {
            int nameBytes = Short.toUnsignedInt(directory.getShort(entry + 28));
            String name = text(directory, entry + ENTRY_BYTES, nameBytes);
            if (name.equals("mimetype") && directory.getShort(entry + 10) == 0) {
                return plainText(
                        document, Integer.toUnsignedLong(directory.getInt(entry + 42)), directory.getInt(entry + 24));
            }
            String folder = name.substring(0, name.indexOf('/') + 1);
            if (BY_FOLDER.containsKey(folder)) {
                return Optional.of(BY_FOLDER.get(folder));
            }
            entry += ENTRY_BYTES
                    + nameBytes
                    + Short.toUnsignedInt(directory.getShort(entry + 30))
                    + Short.toUnsignedInt(directory.getShort(entry + 32));
        }
        return Optional.empty();
    }

    /** The content of the file {@code mimetype}. OpenDocument and EPUB store it uncompressed for this purpose. */
    private static Optional<String> plainText(Container document, long header, int bytes) {
        if (bytes <= 0 || bytes > MAX_TYPE_LENGTH) {
            return Optional.empty();
        }
        ByteBuffer file = document.read(header, FILE_BYTES);
        if (file.getInt(0) != FILE) {
            return Optional.empty();
        }
        int before = FILE_BYTES + Short.toUnsignedInt(file.getShort(26)) + Short.toUnsignedInt(file.getShort(28));
        String type = text(document.read(header + before, bytes), 0, bytes).strip();
        return type.matches("[a-z]+/[a-zA-Z0-9.+-]+") ? Optional.of(type) : Optional.empty();
    }

    private static String text(ByteBuffer bytes, int from, int length) {
        byte[] text = new byte[length];
        bytes.get(from, text);
        return new String(text, UTF_8);
    }
}
