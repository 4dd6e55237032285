package io.github.genaistreams.provider.datalab;

import static java.nio.charset.StandardCharsets.UTF_16LE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The type of an OLE2 file (Word, Excel and PowerPoint up to 2003), by the names in its directory. The file consists of
 * sectors, which form chains. One of the chains is the directory, and its entries form a tree.
 *
 * @see <a href="https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb">MS-CFB</a>
 */
final class OleDirectory {

    private static final Map<String, String> BY_STREAM = Map.of(
            "WordDocument", "application/msword",
            "Workbook", "application/vnd.ms-excel",
            "Book", "application/vnd.ms-excel",
            "PowerPoint Document", "application/vnd.ms-powerpoint");

    /** Enough for thousands of names. */
    private static final int MAX_BYTES = 1 << 20;

    private static final long MAGIC = 0xE11AB1A1E011CFD0L;
    private static final int HEADER_BYTES = 512;
    private static final int ENTRY_BYTES = 128;
    private static final int NONE = -1;

    private OleDirectory() {}

    static boolean isAt(Container document) {
        ByteBuffer start = document.read(0, Long.BYTES);
        return start.remaining() == Long.BYTES && start.getLong(0) == MAGIC;
    }

    /** Empty if it is not such a document. */
    static Optional<String> type(Container document) {
        ByteBuffer header = document.read(0, HEADER_BYTES);
        if (header.limit() < HEADER_BYTES) {
            return Optional.empty();
        }
        int sectorBytes = 1 << header.getShort(30);
        if (sectorBytes != 512 && sectorBytes != 4_096) {
            return Optional.empty();
        }
        var directory = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int sector = header.getInt(48);
        for (int left = MAX_BYTES / sectorBytes; sector >= 0 && left > 0; left--) {
            directory.put(document.read((sector + 1L) * sectorBytes, sectorBytes));
            sector = next(document, header, sector, sectorBytes);
        }
        directory.flip();
        // Only entries of the root itself: an embedded document has the same names, but in a folder.
        return named(directory, directory.getInt(76));
    }

    /** The next sector of a chain. Negative at its end. */
    private static int next(Container document, ByteBuffer header, int sector, int sectorBytes) {
        int perTable = sectorBytes / 4;
        int table = sector / perTable;
        // The header lists the first 109 tables, for at least 7 MB of a file. The directory is within them.
        int place = table < 109 ? header.getInt(76 + 4 * table) : NONE;
        return place < 0
                ? NONE
                : document.read((place + 1L) * sectorBytes + 4L * (sector % perTable), 4)
                        .getInt(0);
    }

    /** The type by an entry and its siblings, each of which names two more. Empty if no name is known. */
    private static Optional<String> named(ByteBuffer directory, int first) {
        Set<Integer> seen = new HashSet<>();
        Deque<Integer> next = new ArrayDeque<>(List.of(first));
        while (!next.isEmpty()) {
            int entry = next.pop();
            if (entry < 0 || (entry + 1L) * ENTRY_BYTES > directory.limit() || !seen.add(entry)) {
                continue;
            }
            int at = entry * ENTRY_BYTES;
            byte[] name = new byte[Math.max(0, Math.min(64, directory.getShort(at + 64)) - 2)];
            directory.get(at, name);
            String type = BY_STREAM.get(new String(name, UTF_16LE));
            if (type != null) {
                return Optional.of(type);
            }
            next.push(directory.getInt(at + 68));
            next.push(directory.getInt(at + 72));
        }
        return Optional.empty();
    }
}
