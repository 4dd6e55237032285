package io.github.genaistreams.provider.openai;

/**
 * One event of a {@code text/event-stream}.
 *
 * @param name its {@code event} field; empty if it has none
 * @param data its {@code data} lines, joined by a line feed
 * @param id   the last {@code id} in the stream up to this event; empty if none
 */
record SseEvent(String name, String data, String id) {}
