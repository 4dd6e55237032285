package io.github.genaistreams.client.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.store.DocumentStore;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers that are in the document store, for readers who have it and for those who have not. */
class StoredAnswersTest {

    private static final String MISSING = "sha256/" + "0".repeat(64);

    @TempDir
    Path dir;

    @Test
    void givesTheAnswerAsIfItHadBeenInTheRecord() {
        try (DocumentStore store = new DirectoryStore(dir)) {
            String ref = store.put("{\"markdown\":\"x\"}".getBytes(UTF_8));

            CallResult result = new StoredAnswers(store).resolve(result(ref));

            assertThat(result.success()).isTrue();
            assertThat(DocumentContents.of(result)).isEqualTo("x");
        }
    }

    @Test
    void saysWhatToDoAboutAMissingAnswer() {
        try (DocumentStore store = new DirectoryStore(dir)) {
            CallResult result = new StoredAnswers(store).resolve(result(MISSING));

            assertUnavailable(result);
            assertThat(result.error().message()).contains(dir.toString());
        }
    }

    @Test
    void isNotSilentAboutAnAnswerWhereThisClientHasNoStore() {
        CallResult result = new StoredAnswers(null).resolve(result(MISSING));

        assertUnavailable(result);
        assertThat(result.error().message()).contains("no document store");
    }

    @Test
    void leavesAFailureItsOwnError() {
        CallError own = CallError.invalidRequest("mode", "`mode` is no word");
        CallResult failed =
                result(MISSING).toBuilder().success(false).error(own).build();

        assertThat(new StoredAnswers(null).resolve(failed)).isEqualTo(failed);
    }

    @Test
    void countsAsAFailureOfTheReadingOnly() {
        var tally = new BatchTally(2);
        tally.add(result(MISSING));
        tally.unavailable();

        assertThat(tally.progress().succeeded()).isZero();
        assertThat(tally.progress().failed()).isEqualTo(1);
        assertThat(tally.done()).isFalse();
    }

    private static void assertUnavailable(CallResult result) {
        assertThat(result.success()).isFalse();
        assertThat(StoredAnswers.isUnavailable(result)).isTrue();
        assertThat(result.error().code()).isEqualTo("answer_unavailable");
        assertThat(result.error().message()).contains(MISSING, "document.store");
        assertThat(result.responseRef()).isEqualTo(MISSING);
        assertThat(DocumentContents.of(result)).isEmpty();
    }

    private static CallResult result(String ref) {
        return CallResult.builder(new ItemKey("b", 0), "documents")
                .success(true)
                .responseRef(ref)
                .build();
    }
}
