package io.github.genaistreams.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

class JournalRocksDbTest {

    @TempDir
    Path dir;

    @Test
    void leavesNoMoreFilesWithEachStart() throws Exception {
        start("first");
        start("second");
        long files = files();
        for (String value : new String[] {"third", "fourth", "fifth"}) {
            start(value);
        }
        assertThat(files()).isEqualTo(files);
    }

    private void start(String value) throws RocksDBException {
        RocksDB.loadLibrary();
        var config = new JournalRocksDb();
        try (var options = new Options()) {
            options.setTableFormatConfig(new BlockBasedTableConfig());
            options.setCreateIfMissing(true);
            config.setConfig("journal", options, Map.of());
            try (RocksDB store = RocksDB.open(options, dir.toString())) {
                store.put("key".getBytes(), value.getBytes());
            }
            config.close("journal", options);
        }
    }

    private long files() throws IOException {
        try (var all = Files.list(dir)) {
            return all.filter(file -> file.getFileName().toString().startsWith("LOG"))
                    .count();
        }
    }
}
