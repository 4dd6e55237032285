package io.github.genaistreams.provider.openai;

/**
 * One event of a {@code text/event-stream}.
 *
 * @param name what its {@code event} field says; empty if it has none
 * @param data its {@code data} lines, joined by a line feed
 * @param id   the last {@code id} that the stream has given, with this event or before; empty if none
 */
record SseEvent(String name, String data, String id) {}
