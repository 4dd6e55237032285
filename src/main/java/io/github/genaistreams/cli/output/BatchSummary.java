package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.client.read.BatchProgress;
import java.math.BigDecimal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a batch.
 *
 * @param requests items of the batch; null while unknown
 * @param missing  items without a result yet
 * @param calls    calls made for the items with a result
 * @param retries  calls that were not the first of their item
 * @param pages    converted pages of documents
 * @param costUsd  known cost. It does not include the items counted in {@code costUnknown}
 * @param possibleDuplicates items with a repeated call whose first attempt may have been billed: a run was killed during
 *     it, or it got no answer
 * @param seconds  since its submission or the start of this command; null if neither is known
 */
public record BatchSummary(
        String batchId,
        @Nullable Integer requests,
        int succeeded,
        int failed,
        long missing,
        long calls,
        long retries,
        long inputTokens,
        long outputTokens,
        long pages,
        BigDecimal costUsd,
        long costUnknown,
        long possibleDuplicates,
        @Nullable Double seconds) {

    public static BatchSummary of(String batchId, BatchProgress progress, long missing, @Nullable Double seconds) {
        return new BatchSummary(
                batchId,
                progress.size(),
                progress.succeeded(),
                progress.failed(),
                missing,
                progress.attempts(),
                // A lower bound: an item that was refused before any call has no attempt.
                Math.max(0, progress.attempts() - progress.received()),
                progress.usage().inputTokens(),
                progress.usage().outputTokens(),
                progress.pages(),
                progress.cost().usd(),
                progress.cost().unpriced().values().stream()
                        .mapToLong(Long::longValue)
                        .sum(),
                progress.possibleDuplicates(),
                seconds == null ? null : Math.round(seconds * 1_000) / 1_000.0);
    }

    public int exitStatus() {
        return failed > 0 || missing > 0 ? ExitStatus.SOME_FAILED : ExitStatus.OK;
    }

    /**
     * The summary as one line of text.
     *
     * @param documents whether the items are documents. They are charged by page, so tokens are not shown
     */
    public String line(Paint paint, boolean documents) {
        var line = new StringBuilder("batch ").append(batchId).append(": ");
        line.append(paint.green("%,d succeeded".formatted(succeeded)));
        String failures = ", %,d failed".formatted(failed);
        line.append(failed > 0 ? paint.red(failures) : failures);
        if (missing > 0) {
            line.append(paint.yellow(", %,d missing".formatted(missing)));
        }
        line.append(" · ").append(Text.count(calls, "call"));
        if (documents) {
            line.append(" · ").append(Text.count(pages, "page"));
            line.append(" · ").append(Text.cents(costUsd, costUnknown));
        } else {
            line.append(" · %,d tokens in, %,d out".formatted(inputTokens, outputTokens));
            line.append(" · ").append(Text.cost(costUsd, costUnknown));
        }
        if (possibleDuplicates > 0) {
            line.append(paint.yellow(" · %,d possibly billed twice".formatted(possibleDuplicates)));
        }
        if (seconds != null) {
            line.append(String.format(Locale.ROOT, " · %.1f s", seconds));
        }
        return line.toString();
    }
}
