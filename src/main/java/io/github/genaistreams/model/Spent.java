package io.github.genaistreams.model;

/**
 * What the calls of several items have taken, added up.
 *
 * @param attempts calls made
 * @param pages    of documents that were converted
 * @param usage    tokens, never null
 * @param cost     money, never null
 * @param possibleDuplicates items of which an attempt was repeated that the API may have done, and billed
 */
public record Spent(long attempts, long pages, Usage usage, CostTotal cost, long possibleDuplicates) {

    public static final Spent NOTHING = new Spent(0, 0, Usage.NONE, CostTotal.NONE, 0);

    /** With what this result's item has taken. */
    public Spent plus(CallResult result) {
        return new Spent(
                Counts.add(attempts, result.attempts()),
                Counts.add(pages, result.pageCount() == null ? 0 : result.pageCount()),
                result.usage() == null ? usage : usage.plus(result.usage()),
                cost.plus(Cost.of(result.cost(), result.costUnknownReason())),
                possibleDuplicates + (Boolean.TRUE.equals(result.possibleDuplicate()) ? 1 : 0));
    }
}
