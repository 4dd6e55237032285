package io.github.genaistreams.worker;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.http.HttpPort;
import io.github.genaistreams.http.HttpPort.PortPage;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP port of a worker: health and metrics. Thread-safe. */
final class WorkerPort implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerPort.class);

    static final String METRICS = "/metrics";
    static final String LIVE = "/health/live";
    static final String READY = "/health/ready";

    private final HttpPort port;
    private final WorkerMetrics metrics;

    private WorkerPort(HttpPort port, WorkerMetrics metrics) {
        this.port = port;
        this.metrics = metrics;
    }

    /**
     * Opens the port, unless the settings say 0.
     *
     * @throws WorkerException if it cannot be opened
     */
    static Optional<WorkerPort> open(GenAiConfig config, Health health) {
        int number = config.getInt(GenAiConfig.HTTP_PORT);
        if (number == 0) {
            return Optional.empty();
        }
        String host = config.getString(GenAiConfig.HTTP_HOST);
        var metrics =
                new WorkerMetrics(config.topics(), ApiBindings.configured(config), config.credentialAliases(), health);
        Map<String, Supplier<PortPage>> pages = Map.of(
                METRICS, () -> new PortPage(200, WorkerMetrics.TYPE, metrics.scrape()),
                LIVE, () -> health("live", health.whyDead()),
                READY, () -> health("ready", health.whyNotReady()));
        try {
            HttpPort port = HttpPort.open(host, number, pages);
            LOG.atInfo().addKeyValue("host", host).addKeyValue("port", number).log("http_port");
            return Optional.of(new WorkerPort(port, metrics));
        } catch (IOException e) {
            metrics.close();
            throw new WorkerException(
                    "The HTTP port cannot be opened: " + e.getMessage() + ". Set " + GenAiConfig.HTTP_PORT + " ("
                            + number
                            + ") to a free port, or to 0 for no port, and " + GenAiConfig.HTTP_HOST
                            + " ("
                            + host + ") to an address of this machine",
                    e);
        }
    }

    private static PortPage health(String what, Optional<String> whyNot) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put(what, whyNot.isEmpty());
        whyNot.ifPresent(why -> json.put("why", why));
        return PortPage.json(whyNot.isEmpty() ? 200 : 503, json.toString());
    }

    WorkerMetrics metrics() {
        return metrics;
    }

    @Override
    public void close() {
        port.close();
        metrics.close();
    }
}
