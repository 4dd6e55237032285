package io.github.genaistreams.client.kafka;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Open resources of a client, closed together with it. Thread-safe. */
public final class OpenResources implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OpenResources.class);

    private final Set<AutoCloseable> open = new HashSet<>();
    private boolean closed;

    /**
     * Adds a resource that is closed with the client.
     *
     * @return false if the client is already closed; then the resource is closed too
     */
    public boolean add(AutoCloseable resource) {
        synchronized (this) {
            if (!closed) {
                open.add(resource);
                return true;
            }
        }
        close(resource);
        return false;
    }

    /** Removes a resource that has been closed on its own. */
    public synchronized void remove(AutoCloseable resource) {
        open.remove(resource);
    }

    /** Throws {@link IllegalStateException} if the client is closed. */
    public synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this client is closed");
        }
    }

    /** Closes all resources. May be called twice. */
    @Override
    public void close() {
        List<AutoCloseable> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(open);
        }
        left.forEach(OpenResources::close);
    }

    /** Logs a failure, so that the other resources are closed as well. */
    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            LOG.warn("A resource of a client could not be closed: {}", e.toString());
        }
    }
}
