package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.JournalEntry;
import java.util.List;
import java.util.Map;

/**
 * What the stores know about a task's items.
 *
 * @param whole  items whose request is in the journal, or on the retry topic
 * @param unread records of all other items, which must be read again
 */
record Restored(Map<ItemKey, JournalEntry> whole, List<Origin> unread) {}
