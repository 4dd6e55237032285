package io.github.genaistreams.model;

/**
 * What several items have taken in total.
 *
 * @param attempts calls made
 * @param pages    converted pages of documents
 * @param usage    tokens used
 * @param cost     what the calls cost
 * @param possibleDuplicates items with a repeated attempt that the API may already have done and billed
 */
public record Spent(long attempts, long pages, Usage usage, CostTotal cost, long possibleDuplicates) {

    public static final Spent NOTHING = new Spent(0, 0, Usage.NONE, CostTotal.NONE, 0);

    /** The sum with what this result's item has taken. */
    public Spent plus(CallResult result) {
        return new Spent(
                Counts.add(attempts, result.attempts()),
                Counts.add(pages, result.pageCount() == null ? 0 : result.pageCount()),
                result.usage() == null ? usage : usage.plus(result.usage()),
                cost.plus(Cost.of(result.cost(), result.costUnknownReason())),
                possibleDuplicates + (Boolean.TRUE.equals(result.possibleDuplicate()) ? 1 : 0));
    }
}
