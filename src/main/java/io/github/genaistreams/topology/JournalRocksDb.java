package io.github.genaistreams.topology;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/**
 * Sizes RocksDB for a journal: a few thousand short-lived entries. The defaults of Kafka Streams are for large stores,
 * and may take about 100 MB outside the heap per partition.
 */
public final class JournalRocksDb implements RocksDBConfigSetter {

    private static final long WRITE_BUFFER_BYTES = 4L << 20;
    private static final long CACHE_BYTES = 4L << 20;

    /** RocksDB reserves 4 MB on disk otherwise, for a file of 1 KB. */
    private static final long MANIFEST_BYTES = 64L << 10;

    private Cache cache;

    /**
     * Loads the native library early, since the first store would wait for it. It is unpacked unless it is in
     * {@code java.library.path}.
     */
    public static void loadNativeCode() {
        RocksDB.loadLibrary();
    }

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        cache = new LRUCache(CACHE_BYTES);
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(cache);
        table.setCacheIndexAndFilterBlocks(true);
        options.setTableFormatConfig(table);
        options.setWriteBufferSize(WRITE_BUFFER_BYTES);
        options.setMaxWriteBufferNumber(2);
        options.setManifestPreallocationSize(MANIFEST_BYTES);
        // Otherwise each store starts 16 threads to open its few files. That is most of the time that it takes to open,
        // and a start opens every store twice.
        options.setMaxFileOpeningThreads(1);
        // Each start begins a new log. RocksDB keeps a thousand of them otherwise.
        options.setKeepLogFileNum(1);
    }

    @Override
    public void close(String storeName, Options options) {
        cache.close();
    }
}
