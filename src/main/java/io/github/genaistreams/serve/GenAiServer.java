package io.github.genaistreams.serve;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.serve.batch.BatchService;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.HttpListener;
import io.github.genaistreams.serve.http.HttpReply;
import io.github.genaistreams.serve.http.Keys;
import io.github.genaistreams.serve.http.RequestThreads;
import io.github.genaistreams.serve.http.Router;
import io.github.genaistreams.serve.page.Page;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.ServeSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * An HTTP server for OpenAI's Batch API on top of Kafka. All its state is in Kafka, so any number of replicas may run,
 * and each of them answers for every batch. Thread-safe.
 */
public final class GenAiServer implements AutoCloseable {

    /** How long the streams of open pages may take to end. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    /** A fetch costs something even if it returns nothing. A new record ends the wait. */
    private static final int IDLE_FETCH_MS = 2_000;

    private static final Duration DEFAULT_RESULTS_KEPT = Duration.ofDays(7);
    private static final int ANSWER_SECONDS = 15;
    private static final int FETCH_BYTES = 2 << 20;

    private final DocumentStore store;
    private final BatchClient client;
    private final BatchService batches;
    private final Page page;
    private final ExecutorService executor;
    private final RequestThreads threads;
    private final HttpListener listener;
    private final boolean hasKeys;
    private final String host;

    private GenAiServer(GenAiConfig config, Clock clock) throws IOException {
        ServeSettings settings = config.serve();
        host = settings.host();
        Optional<Keys> keys = settings.keysFile().map(GenAiServer::keys);
        hasKeys = keys.isPresent();
        if (!hasKeys && !isThisMachine(host)) {
            throw new ConfigException(
                    GenAiConfig.SERVE_HOST,
                    host,
                    "is reachable from other machines, but there are no keys: set the key file in "
                            + GenAiConfig.SERVE_KEYS_FILE + " (--keys), or listen on 127.0.0.1");
        }
        store = config.documentStore();
        client = new BatchClient(kafka(config), config.topics(), WireFormat.JSON, store);
        executor = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), GenAiServer::thread);
        threads = RequestThreads.on(executor);
        BatchService opened = null;
        try {
            opened = new BatchService(
                    new BatchService.Setup(
                            config.batchClient(),
                            config.topics(),
                            config.recordMaxBytes(),
                            settings.fileMaxBytes(),
                            resultsKept(config),
                            config.dedupRetention(),
                            clock),
                    client,
                    store);
            batches = opened;
            page = new Page(config, client, new ServerBatches(batches));
            var router = new Router(keys, settings.hosts(), threads);
            batches.addTo(router);
            page.addTo(router);
            router.open("/health/live", request -> health(true))
                    .open("/health/ready", request -> health(batches.isAlive()));
            listener = new HttpListener(host, settings.port(), router);
        } catch (IOException | RuntimeException e) {
            if (opened != null) {
                opened.close();
            }
            closeRest();
            throw e;
        }
    }

    /** Whether the ID of this batch has the form that this server gives to its batches. */
    public static boolean hasMade(String batchId) {
        return BatchService.hasMade(batchId);
    }

    /**
     * Starts a server. It listens when this returns.
     *
     * @throws IOException     if the port cannot be opened
     * @throws ConfigException if a setting cannot be used
     * @throws io.github.genaistreams.client.kafka.BatchClientException if Kafka does not answer, or a topic is missing
     */
    public static GenAiServer open(GenAiConfig config) throws IOException {
        return open(config, Clock.systemUTC());
    }

    static GenAiServer open(GenAiConfig config, Clock clock) throws IOException {
        return new GenAiServer(config, clock);
    }

    /** Results of many batches are read at the same time, each by its own consumer. */
    private static Map<String, Object> kafka(GenAiConfig config) {
        Map<String, Object> settings = config.batchClient();
        settings.putIfAbsent("consumer." + ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
        settings.putIfAbsent("consumer." + ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        settings.putIfAbsent("consumer." + ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, IDLE_FETCH_MS);
        return settings;
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "genai-serve-request");
        thread.setDaemon(true);
        return thread;
    }

    private static Keys keys(java.nio.file.Path file) {
        try {
            return new Keys(file);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(GenAiConfig.SERVE_KEYS_FILE + ": " + e.getMessage());
        }
    }

    private static boolean isThisMachine(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new ConfigException(GenAiConfig.SERVE_HOST, host, "is not an address of this machine");
        }
    }

    private static HttpReply health(boolean isGood) {
        if (!isGood) {
            throw ApiException.failed(503, "This replica can no longer read from Kafka; its log says why.");
        }
        return HttpReply.json(com.fasterxml.jackson.databind.node.JsonNodeFactory.instance
                .objectNode()
                .put("status", "up"));
    }

    /** How long the result topic keeps results; the usual time if the cluster does not say. */
    private static Duration resultsKept(GenAiConfig config) {
        var topic =
                new ConfigResource(ConfigResource.Type.TOPIC, config.topics().results());
        try (Admin admin = Admin.create(config.kafka().admin())) {
            Config found = Objects.requireNonNull(admin.describeConfigs(List.of(topic))
                    .all()
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                    .get(topic));
            long millis =
                    Long.parseLong(found.get(TopicConfig.RETENTION_MS_CONFIG).value());
            return millis < 0 ? Duration.ofDays(365) : Duration.ofMillis(millis);
        } catch (ExecutionException | TimeoutException e) {
            return DEFAULT_RESULTS_KEPT;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return DEFAULT_RESULTS_KEPT;
        }
    }

    /** The address for clients on this machine, such as {@code http://127.0.0.1:8765}. */
    public String address() {
        String name = Set.of("0.0.0.0", "::").contains(host) ? "127.0.0.1" : host;
        return "http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + listener.port();
    }

    /** Whether requests need a key. */
    public boolean hasKeys() {
        return hasKeys;
    }

    /** Whether it still follows Kafka. */
    public boolean isAlive() {
        return batches.isAlive();
    }

    /** Takes no more requests, and leaves its batches to other replicas. */
    @Override
    public void close() {
        page.close();
        try {
            threads.live().awaitIdle(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        listener.close();
        batches.close();
        closeRest();
    }

    private void closeRest() {
        executor.shutdownNow();
        client.close();
        store.close();
    }
}
