package io.github.genaistreams.serve.http;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The open connections. A connection that waits for a request, or for the rest of a request's head, is closed after a
 * while, or earlier if a new connection needs its place. Thread-safe.
 *
 * @param <C> type of a connection
 */
final class Connections<C> {

    /** Below 1,024, the usual limit of open files. */
    static final int MAX_OPEN = 800;

    /** How long a connection may wait for a request's head. */
    static final long MAX_WAIT_SECONDS = 60;

    private final Set<C> open = new HashSet<>();

    /** The times at which connections started to wait, the earliest first. */
    private final Map<C, Long> waiting = new LinkedHashMap<>();

    /** Adds a new connection. Returns the connection that must be closed to make room, which may be the new one. */
    synchronized Optional<C> opened(C connection, long nanos) {
        open.add(connection);
        waiting.put(connection, nanos);
        return open.size() > MAX_OPEN ? Optional.of(waiting.keySet().iterator().next()) : Optional.empty();
    }

    /** A request's head has arrived. */
    synchronized void isAsked(C connection) {
        waiting.remove(connection);
    }

    /** Its request is answered. */
    synchronized void isAnswered(C connection, long nanos) {
        // The answer on a closed connection ends after the connection.
        if (open.contains(connection)) {
            waiting.put(connection, nanos);
        }
    }

    synchronized void closed(C connection) {
        waiting.remove(connection);
        open.remove(connection);
    }

    /** The connections that have waited for too long. */
    synchronized List<C> late(long nanos) {
        List<C> late = new ArrayList<>();
        Iterator<Map.Entry<C, Long>> each = waiting.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<C, Long> next = each.next();
            if (nanos - next.getValue() < TimeUnit.SECONDS.toNanos(MAX_WAIT_SECONDS)) {
                break;
            }
            late.add(next.getKey());
        }
        return late;
    }
}
