package io.github.genaistreams.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.registry.RegistryHttp.RegistryAnswer;
import io.github.genaistreams.wire.WriterSchema;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A client of a schema registry with Confluent's REST API. Thread-safe; closing it ends its threads. */
public final class SchemaRegistry implements WriterSchemas, AutoCloseable {

    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final SchemaApi api;
    private final SchemaCache cache;
    private final boolean autoRegister;
    private volatile boolean closed;

    /**
     * Sends no request yet.
     *
     * @throws IllegalArgumentException if the certificates cannot be read
     */
    public SchemaRegistry(RegistrySettings settings) {
        this.api = new SchemaApi(new RegistryHttp(settings));
        this.cache = new SchemaCache(api::schema, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
        this.autoRegister = settings.autoRegister();
    }

    @Override
    public boolean isAtHand(int id) {
        return cache.isAtHand(id);
    }

    /** Never waits: an ID that is not cached counts as unknown. */
    @Override
    public WriterSchema of(int id) {
        return cache.of(id);
    }

    /**
     * Waits until an ID is cached.
     *
     * @return why it is not cached after that time; null if it is
     */
    public @Nullable String await(int id, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (!cache.isAtHand(id)) {
            if (closed || System.nanoTime() > end) {
                String lastFailure = cache.lastFailure();
                return lastFailure == null ? "it does not say whether it has the schema " + id : lastFailure;
            }
            pause(STEP_NANOS);
        }
        return null;
    }

    private static void pause(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    /**
     * The ID of a schema for writing. Registers it as a version of the subject if it is missing, unless the settings
     * forbid that.
     *
     * @param schema   Avro, as JSON text
     * @param patience how long to retry while the registry is unreachable
     * @throws RegistryException if the registry stays unreachable, refuses the schema, or does not have it
     */
    public int idOf(String subject, String schema, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        for (int failures = 0; ; failures++) {
            RegistryAnswer answer = (autoRegister ? api.register(subject, schema) : api.find(subject, schema)).join();
            if (answer instanceof RegistryAnswer.Given given) {
                return learned(given.body(), schema);
            }
            if (answer instanceof RegistryAnswer.Refused refused) {
                throw new RegistryException(
                        "The schema registry refuses this version's schema for " + subject + " (" + refused.reason()
                                + "): check the registered versions and the compatibility rule of the subject");
            }
            if (answer instanceof RegistryAnswer.Missing) {
                throw new RegistryException("The schema registry does not have this version's schema under " + subject
                        + ": register it there, or set " + RegistrySettings.AUTO_REGISTER + "=true");
            }
            long nanos = TimeUnit.MILLISECONDS.toNanos(SchemaCache.pauseMillis(failures));
            if (System.nanoTime() + nanos > end) {
                throw new RegistryException(
                        "The request to the schema registry failed: " + ((RegistryAnswer.Away) answer).reason());
            }
            pause(nanos);
        }
    }

    private int learned(JsonNode body, String schema) {
        JsonNode id = body.path("id");
        if (!id.isInt()) {
            throw new RegistryException(
                    "The answer of the schema registry has no `id`: check the setting " + RegistrySettings.URL);
        }
        cache.put(id.intValue(), WriterSchema.parse(id.intValue(), schema));
        return id.intValue();
    }

    @Override
    public void close() {
        closed = true;
        api.close();
    }
}
