package io.github.genaistreams.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options for a batch of an API that counts tokens. */
final class TokenOptions extends BatchOptions {

    @Option(
            names = "--max-total-tokens",
            paramLabel = "N",
            description = "Start no more calls when the batch has used this many tokens.")
    private @Nullable Long maxTotalTokens;

    @Override
    @Nullable
    Long maxTotalTokens() {
        return maxTotalTokens;
    }
}
