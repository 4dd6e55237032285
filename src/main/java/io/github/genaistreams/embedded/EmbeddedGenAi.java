package io.github.genaistreams.embedded;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.DocumentProcessor;
import io.github.genaistreams.client.ResponsesProcessor;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.ConfigSources;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka broker, a worker and a client in this JVM: processes batches with one method call, without any installation.
 *
 * <pre>{@code
 * try (EmbeddedGenAi genai = EmbeddedGenAi.start(System.getenv("OPENAI_API_KEY"))) {
 *     BatchResult result = genai.responses().processBatch(batch).join();
 * }
 * }</pre>
 *
 * <p>With {@link Options#keptIn a directory}, a batch survives a crash of the JVM: its calls continue when the next
 * instance starts there. Starting takes some seconds. Thread-safe from then on.
 */
public final class EmbeddedGenAi implements AutoCloseable {

    /** A new data directory has one partition, so that a small number of concurrent calls is exact. */
    private static final int PARTITIONS = 1;

    private final EmbeddedStack stack;
    private final Worker worker;
    private final DocumentStore store;
    private final BatchClient client;
    private final ResponsesProcessor responses;
    private final DocumentProcessor documents;

    /**
     * How to run the broker and the worker.
     *
     * @param dataDir               directory of the broker's data; empty for a temporary directory
     * @param maxConcurrentRequests maximum number of concurrent calls
     * @param sandbox               settings of a stand-in for the APIs; empty for the real APIs
     * @param settings              worker settings by key ({@link GenAiConfig}), including the API key; missing ones
     *     come from system properties and the environment, see {@link ConfigSources}
     */
    public record Options(
            Optional<Path> dataDir,
            int maxConcurrentRequests,
            Optional<SandboxSettings> sandbox,
            Map<String, String> settings) {

        public static final int DEFAULT_MAX_CONCURRENT_REQUESTS = 10;

        public Options {
            Objects.requireNonNull(dataDir, "dataDir");
            Objects.requireNonNull(sandbox, "sandbox");
            settings = Map.copyOf(settings);
            if (maxConcurrentRequests < 1 || maxConcurrentRequests > 10_000) {
                throw new IllegalArgumentException(
                        "maxConcurrentRequests must be from 1 to 10000, not " + maxConcurrentRequests);
            }
        }

        /** Ten concurrent calls with this key of the OpenAI API. No data is kept. */
        public static Options withKey(String apiKey) {
            return withKey("OpenAI", GenAiConfig.OPENAI_API_KEY, apiKey);
        }

        /** The same for documents, with this key of the Datalab API. */
        public static Options withDatalabKey(String apiKey) {
            return withKey("Datalab", GenAiConfig.DATALAB_API_KEY, apiKey);
        }

        /** The key may come from {@link System#getenv(String)}, whose null Java accepts here. */
        private static Options withKey(String api, String setting, @Nullable String apiKey) {
            if (apiKey == null || apiKey.isBlank()) {
                throw new IllegalArgumentException(
                        "apiKey is empty: give the key of the " + api + " API, or use the sandbox");
            }
            return new Options(
                    Optional.empty(), DEFAULT_MAX_CONCURRENT_REQUESTS, Optional.empty(), Map.of(setting, apiKey));
        }

        /** With a stand-in for the APIs: no key and no costs. */
        public static Options withSandbox(SandboxSettings sandbox) {
            return new Options(Optional.empty(), DEFAULT_MAX_CONCURRENT_REQUESTS, Optional.of(sandbox), Map.of());
        }

        /** The same, but the data stays in this directory. Only one process at a time may use it. */
        public Options keptIn(Path dataDir) {
            return new Options(Optional.of(dataDir), maxConcurrentRequests, sandbox, settings);
        }

        public Options maxConcurrentRequests(int calls) {
            return new Options(dataDir, calls, sandbox, settings);
        }

        /** The same, with one more setting of the worker. */
        public Options setting(String key, String value) {
            Map<String, String> all = new HashMap<>(settings);
            all.put(key, value);
            return new Options(dataDir, maxConcurrentRequests, sandbox, all);
        }

        /** Without the settings' values: they include keys. */
        @Override
        public String toString() {
            return "Options[dataDir=" + dataDir + ", maxConcurrentRequests=" + maxConcurrentRequests + ", sandbox="
                    + sandbox + ", settings=" + settings.keySet() + "]";
        }
    }

    private EmbeddedGenAi(EmbeddedStack stack, Worker worker) {
        this.stack = stack;
        this.worker = worker;
        this.store = stack.config().documentStore();
        this.client =
                new BatchClient(stack.config().batchClient(), stack.config().topics(), WireFormat.AVRO, store);
        this.responses = new ResponsesProcessor(client);
        this.documents = new DocumentProcessor(client, store);
        stack.onFailure(why -> {
            responses.close(why);
            documents.close(why);
        });
    }

    /** Starts with a key of the OpenAI API. No data is kept. */
    public static EmbeddedGenAi start(String apiKey) {
        return start(Options.withKey(apiKey));
    }

    /** With a stand-in for the APIs: no key and no costs. */
    public static EmbeddedGenAi startWithSandbox() {
        return start(Options.withSandbox(SandboxSettings.DEFAULTS));
    }

    /**
     * Starts broker and worker, and returns when batches can be submitted.
     *
     * @throws RuntimeException if it cannot start; the message says why
     */
    public static EmbeddedGenAi start(Options options) {
        LocalKafka.Options broker = options.dataDir()
                .map(dir -> LocalKafka.Options.keptIn(dir.resolve("broker")))
                .orElseGet(LocalKafka.Options::temporary);
        EmbeddedStack stack = EmbeddedStack.start(new EmbeddedStack.Setup(
                broker,
                options.dataDir().map(dir -> dir.resolve("state")),
                PARTITIONS,
                options.maxConcurrentRequests(),
                options.sandbox(),
                ConfigSources.merge(null, options.settings())));
        try {
            return new EmbeddedGenAi(stack, stack.startWorker(Set.of()));
        } catch (RuntimeException e) {
            stack.close();
            throw e;
        }
    }

    /**
     * Runs batches of the Responses API. Closed with this.
     *
     * @throws IllegalStateException if this was started without a key of that API
     */
    public ResponsesProcessor responses() {
        require(
                stack.config().hasOpenAiKey(),
                "The key of the OpenAI API is missing: start with Options.withKey, or add setting(\"openai.api.key\","
                        + " …)");
        return responses;
    }

    /**
     * Converts documents. Closed with this.
     *
     * @throws IllegalStateException if this was started without a key of the Datalab API
     */
    public DocumentProcessor documents() {
        require(
                stack.config().hasDatalabKey(),
                "The key of the Datalab API is missing: start with Options.withDatalabKey, or add"
                        + " setting(\"datalab.api.key\", …)");
        return documents;
    }

    private static void require(boolean isConfigured, String otherwise) {
        if (!isConfigured) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** A client for other operations: reattaching, streams of any length, results as they complete. Closed with this. */
    public BatchClient client() {
        return client;
    }

    /** The broker's address, which only this machine can reach. */
    public String bootstrapServers() {
        return stack.config().getString(GenAiConfig.BOOTSTRAP_SERVERS);
    }

    /** The stand-in for the APIs, if there is one. */
    public Optional<ApiSandbox> sandbox() {
        return stack.sandbox();
    }

    /** Waits for calls in flight, for ten seconds at most, and stops. Unfinished batches end with an exception here. */
    @Override
    public void close() {
        responses.close();
        documents.close();
        client.close();
        store.close();
        worker.close();
        stack.close();
    }
}
