package io.github.genaistreams.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.registry.SchemaApi.Lookup;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WriterSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What is asked of a registry, how often, and what is made of its answers. On a clock of its own. */
class SchemaCacheTest {

    private static final Lookup FOUND = new Lookup.Found(WriterSchema.parse(7, "\"string\""));
    private static final Lookup AWAY = new Lookup.Away("HTTP 503");

    private final List<CompletableFuture<Lookup>> questions = new ArrayList<>();
    private long now = 1_000;
    private final SchemaCache cache = new SchemaCache(
            id -> {
                var question = new CompletableFuture<Lookup>();
                questions.add(question);
                return question;
            },
            () -> now);

    @Test
    void asksOnceForASchemaAndKnowsItFromThenOn() {
        assertThat(cache.isAtHand(7)).isFalse();
        assertThat(cache.isAtHand(7)).isFalse();
        assertThatThrownBy(() -> cache.of(7)).isInstanceOf(WireException.class).hasMessageContaining("replay");

        answer(FOUND);
        now += 1_000_000_000;

        assertThat(cache.isAtHand(7)).isTrue();
        assertThat(cache.of(7)).isNotNull();
        assertThat(questions).hasSize(1);
    }

    @Test
    void asksAgainLessAndLessOftenWhileTheRegistryIsAwayAndNeverReportsAMissingSchema() {
        for (int second = 0; second < 3_600; second++) {
            for (int poll = 0; poll < 10; poll++) {
                assertThat(cache.isAtHand(7)).isFalse();
                if (!questions.get(questions.size() - 1).isDone()) {
                    answer(second % 2 == 0 ? AWAY : null);
                }
                now += 100;
            }
        }

        assertThat(questions).hasSizeBetween(3_600 / 30, 3_600 / 15 + 20);
        assertThat(cache.lastFailure()).isNotNull();
        now += SchemaCache.MAX_PAUSE.toMillis();
        assertThat(cache.isAtHand(7)).isFalse();
        answer(FOUND);
        assertThat(cache.isAtHand(7)).isTrue();
        assertThat(cache.lastFailure()).isNull();
    }

    @Test
    void remembersForAWhileThatASchemaIsMissing() {
        long begin = now;
        while (!cache.isAtHand(7)) {
            answerAll(new Lookup.Absent());
            now += 100;
        }
        assertThat(now - begin)
                .isBetween(
                        SchemaCache.ABSENT_RETRY.toMillis(),
                        SchemaCache.ABSENT_RETRY.toMillis() + SchemaCache.MAX_PAUSE.toMillis());
        assertThatThrownBy(() -> cache.of(7)).hasMessageContaining("has no schema with ID 7");
        assertThat(questions).hasSizeLessThan(12);

        now += SchemaCache.ABSENT_CACHE.toMillis();
        assertThat(cache.isAtHand(7)).isFalse();
        // Records that have passed before still have an answer.
        assertThatThrownBy(() -> cache.of(7)).hasMessageContaining("has no schema with ID 7");
        answer(FOUND);
        assertThat(cache.isAtHand(7)).isTrue();
    }

    @Test
    void checksAgainAfterTheRegistryWasAway() {
        for (Lookup before : new Lookup[] {AWAY, new Lookup.Absent(), AWAY}) {
            askAndAnswer(before);
            now += SchemaCache.ABSENT_RETRY.toMillis();
        }

        askAndAnswer(new Lookup.Absent());
        assertThat(cache.isAtHand(7)).isFalse();
        now += SchemaCache.ABSENT_RETRY.toMillis();
        askAndAnswer(new Lookup.Absent());
        assertThat(cache.isAtHand(7)).isTrue();
    }

    private void askAndAnswer(Lookup lookup) {
        assertThat(cache.isAtHand(7)).isFalse();
        assertThat(questions.get(questions.size() - 1)).isNotDone();
        answer(lookup);
    }

    @Test
    void knowsASchemaThatComesALittleLate() {
        cache.isAtHand(7);
        answer(new Lookup.Absent());
        now += 600;
        assertThat(cache.isAtHand(7)).isFalse();
        answer(FOUND);

        assertThat(cache.isAtHand(7)).isTrue();
    }

    @Test
    void believesAtOnceThatASchemaCannotBeUsed() {
        cache.isAtHand(7);
        answer(new Lookup.Unusable("it is of another kind"));

        assertThat(cache.isAtHand(7)).isTrue();
        assertThatThrownBy(() -> cache.of(7)).isInstanceOf(WireException.class).hasMessage("it is of another kind");
    }

    @Test
    void asksAFewQuestionsAtOnceAndTheRestLater() {
        for (int id = 0; id < 100; id++) {
            cache.isAtHand(id);
        }
        assertThat(questions).hasSize(SchemaCache.MAX_REQUESTS);
        questions.get(0).complete(FOUND);
        for (int id = 0; id < 100; id++) {
            cache.isAtHand(id);
        }
        assertThat(questions).hasSize(SchemaCache.MAX_REQUESTS + 1);
    }

    @Test
    void treatsARequestThatCannotBeSentAsAnUnreachableRegistry() {
        var broken = new SchemaCache(
                id -> {
                    throw new IllegalStateException("closed");
                },
                () -> now);

        assertThat(broken.isAtHand(7)).isFalse();
        assertThat(broken.lastFailure()).isEqualTo("IllegalStateException");
    }

    @Test
    void boundsWhatItKnows() {
        for (int id = 0; id <= SchemaCache.MAX_CACHED; id++) {
            cache.put(id, WriterSchema.parse(id, "\"string\""));
        }

        assertThatThrownBy(() -> cache.of(0)).isInstanceOf(WireException.class);
        assertThat(cache.of(1)).isNotNull();
    }

    /** Null for a question that fails by itself. */
    private void answer(Lookup lookup) {
        CompletableFuture<Lookup> last = questions.get(questions.size() - 1);
        if (lookup == null) {
            last.completeExceptionally(new java.io.IOException("broken"));
        } else {
            last.complete(lookup);
        }
    }

    private void answerAll(Lookup lookup) {
        questions.forEach(question -> question.complete(lookup));
    }
}
