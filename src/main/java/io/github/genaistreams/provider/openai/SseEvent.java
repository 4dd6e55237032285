package io.github.genaistreams.provider.openai;

/**
 * One event of a {@code text/event-stream}.
 *
 * @param name its field {@code event}; empty if it has none
 * @param data its {@code data} lines, joined by a line feed
 * @param id   the last {@code id} in the stream up to this event; empty if there is none
 */
record SseEvent(String name, String data, String id) {}
