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
 * The open connections. One that waits for a request, or for the rest of a request's head, may be closed at any time:
 * after a while, and earlier if a new connection needs its place. Thread-safe.
 *
 * @param <C> a connection
 */
final class Connections<C> {

    /** Below 1,024, the usual limit of open files. */
    static final int MAX_OPEN = 800;

    /** How long a connection may wait for a request's head. */
    static final long MAX_WAIT_SECONDS = 60;

    private final Set<C> open = new HashSet<>();

    /** Since when connections wait, the longest first. */
    private final Map<C, Long> waiting = new LinkedHashMap<>();

    /** Notes a new connection; one is returned that has to be closed to have room for it, which may be itself. */
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
        // The answer of a connection that is closed ends afterwards.
        if (open.contains(connection)) {
            waiting.put(connection, nanos);
        }
    }

    synchronized void closed(C connection) {
        waiting.remove(connection);
        open.remove(connection);
    }

    /** Those that have waited for too long. */
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
