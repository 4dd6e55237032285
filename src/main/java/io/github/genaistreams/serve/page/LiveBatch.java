package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.model.BatchControl;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Updates of one batch for an open page: first the whole batch, then the parts that change. For one thread. */
final class LiveBatch implements EventStreams.Source {

    /** How often to read the control topic. Bounds rarely change. */
    private static final Duration CONTROL_INTERVAL = Duration.ofSeconds(15);

    private final BatchHandle batch;
    private final AllBatches batches;
    private final BatchReadings readings;
    private @Nullable ListedBatch shown; // null before the first
    private @Nullable BatchControl control; // null before the first
    private long controlAt;
    private String version = "";

    LiveBatch(BatchHandle batch, AllBatches batches, BatchReadings readings) {
        this.batch = batch;
        this.batches = batches;
        this.readings = readings;
    }

    @Override
    public Optional<ObjectNode> next(boolean isDue) {
        ObjectNode news = PageJson.now();
        ListedBatch latest = batches.find(batch.batchId()).orElse(shown);
        if (latest != null && !latest.equals(shown)) {
            news.set("status", latest.json());
            shown = latest;
        }
        if (control == null || System.nanoTime() - controlAt > CONTROL_INTERVAL.toNanos()) {
            BatchControl said = batch.control();
            controlAt = System.nanoTime();
            if (!said.equals(control)) {
                control = said;
                ObjectNode bounds = news.putObject("bounds");
                if (said.maxCostUsd() != null) {
                    bounds.put("max_cost_usd", said.maxCostUsd());
                }
                if (said.maxTotalTokens() != null) {
                    bounds.put("max_total_tokens", said.maxTotalTokens());
                }
            }
        }
        if (shown != null && shown.stage() == null) {
            BatchReading reading = readings.of(batch.batchId());
            reading.readOn(shown.status());
            if (!reading.version().equals(version)) {
                version = reading.version();
                news.set("results", reading.json());
            }
        }
        return news.size() > 1 || isDue ? Optional.of(news) : Optional.empty();
    }
}
