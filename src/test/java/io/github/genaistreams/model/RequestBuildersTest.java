package io.github.genaistreams.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.model.RequestChanges.Change;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.RequestDecoder;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A builder refuses what a worker would refuse, in the worker's own words; what it builds, a worker takes. */
class RequestBuildersTest {

    @Test
    void aCallOnFlexHasAQuarterOfAnHourUnlessItSetsItsOwnTime() {
        var request = ResponsesRequest.builder().model("m").userPrompt("p");
        var flex = request.serviceTier("flex").flexFallback(true).buildUnchecked();
        var own = request.timeoutSecs(7).buildUnchecked();

        assertThat(flex.policy().timeout()).hasMinutes(15);
        assertThat(flex.streamIdleTimeout()).hasMinutes(15);
        assertThat(flex.onDefaultTier().policy().timeout()).hasMinutes(15);
        assertThat(flex.onDefaultTier().serviceTier()).isEqualTo("default");
        assertThat(flex.onDefaultTier().fallsBackFromFlex()).isFalse();
        assertThat(own.policy().timeout()).hasSeconds(7);
        assertThat(own.onDefaultTier().policy().timeout()).hasSeconds(7);
        assertThat(request.timeoutSecs(null)
                        .serviceTier("default")
                        .buildUnchecked()
                        .policy()
                        .timeout())
                .hasMinutes(1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.github.genaistreams.model.RequestChanges#mistakesInResponses")
    void aRequestOfTheResponsesApiIsRefusedInTheWorkersWords(Change<ResponsesRequest.Builder> mistake) {
        assertRefused(mistake, response(), ResponsesRequest.Builder::build, b -> byWorker(b.buildUnchecked()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.github.genaistreams.model.RequestChanges#mistakesInDocuments")
    void aRequestForADocumentIsRefusedInTheWorkersWords(Change<DocumentRequest.Builder> mistake) {
        assertRefused(mistake, document(), DocumentRequest.Builder::build, b -> byWorker(b.buildUnchecked()));
    }

    private static <B> void assertRefused(
            Change<B> mistake, B good, Function<B, ?> build, Function<B, List<String>> byWorker) {
        B builder = mistake.change().apply(good);
        List<String> said = byWorker.apply(builder);

        assertThatThrownBy(() -> build.apply(builder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(mistake.refusal())
                .satisfies(refused -> assertThat(said).contains(refused.getMessage()));
    }

    @Test
    void extremesThatAWorkerTakesAreBuilt() {
        RequestChanges.goodResponses().forEach(good -> {
            var builder = good.change().apply(response());
            assertThatCode(builder::build).doesNotThrowAnyException();
            assertThat(byWorker(builder.buildUnchecked())).isEmpty();
        });
        RequestChanges.goodDocuments().forEach(good -> {
            var builder = good.change().apply(document());
            assertThatCode(builder::build).doesNotThrowAnyException();
            assertThat(byWorker(builder.buildUnchecked())).isEmpty();
        });
    }

    @Test
    void aRequestWithoutABatchIsBuiltSinceItGetsOneWhenItIsSubmitted() {
        assertThat(response().batchId(null).build().batchId()).isNull();
        assertThat(document().batchId(null).build().batchId()).isNull();
    }

    @Test
    void aRequestThatIsChangedIsCheckedAgain() {
        ResponsesRequest good = response().build();

        assertThatThrownBy(() -> good.toBuilder().temperature(5.0).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("temperature is 5.0: use a number from 0 to 2, or remove it");
    }

    @Test
    void noSentenceQuotesAPromptOrWhatMayBeAKey() {
        assertThatThrownBy(() -> response().userPrompt("my secret \ud83d").build())
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> response().credential("sk-secret key").build()).hasMessageNotContaining("secret");
    }

    @Property(tries = 1_000)
    void whatIsBuiltOfResponsesAWorkerTakesAndNothingElse(
            @ForAll("responses") List<Change<ResponsesRequest.Builder>> changes) {
        var builder = response();
        changes.forEach(change -> change.change().apply(builder));

        assertThat(isRefused(builder::build))
                .isNotEqualTo(byWorker(builder.buildUnchecked()).isEmpty());
    }

    @Property(tries = 1_000)
    void whatIsBuiltOfDocumentsAWorkerTakesAndNothingElse(
            @ForAll("documents") List<Change<DocumentRequest.Builder>> changes) {
        var builder = document();
        changes.forEach(change -> change.change().apply(builder));

        assertThat(isRefused(builder::build))
                .isNotEqualTo(byWorker(builder.buildUnchecked()).isEmpty());
    }

    private static boolean isRefused(Supplier<?> build) {
        try {
            build.get();
            return false;
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    /** What a worker says of it, when it reads it and before it would send it. Some mistakes are found twice. */
    private static List<String> byWorker(ResponsesRequest request) {
        return Stream.of(
                        atReading(RequestDecoder.responses().checked(request)),
                        ResponsesCheck.firstProblem(request).map(CallError::message))
                .flatMap(Optional::stream)
                .toList();
    }

    private static List<String> byWorker(DocumentRequest request) {
        return Stream.of(
                        atReading(RequestDecoder.documents().checked(request)),
                        DocumentCheck.firstProblem(request).map(CallError::message))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<String> atReading(Decoded<?> read) {
        if (read instanceof Decoded.Invalid<?> invalid) {
            return Optional.of(invalid.error().message());
        }
        return read instanceof Decoded.Unreadable<?> unreadable ? Optional.of(unreadable.reason()) : Optional.empty();
    }

    private static ResponsesRequest.Builder response() {
        return ResponsesRequest.builder().batchId("b").model("m").userPrompt("p");
    }

    private static DocumentRequest.Builder document() {
        return DocumentRequest.builder().batchId("b").document(new byte[] {1});
    }

    @Provide
    Arbitrary<List<Change<ResponsesRequest.Builder>>> responses() {
        return changes(
                Stream.concat(RequestChanges.mistakesInResponses(), RequestChanges.goodResponses()),
                RequestChanges.NUMBERS_OF_RESPONSES);
    }

    @Provide
    Arbitrary<List<Change<DocumentRequest.Builder>>> documents() {
        return changes(
                Stream.concat(RequestChanges.mistakesInDocuments(), RequestChanges.goodDocuments()),
                RequestChanges.NUMBERS_OF_DOCUMENTS);
    }

    /** A few of the known changes, and a few figures of any size. */
    private static <B> Arbitrary<List<Change<B>>> changes(
            Stream<Change<B>> known, List<BiFunction<B, Integer, B>> numbers) {
        Arbitrary<Integer> figures = Arbitraries.oneOf(
                Arbitraries.integers().between(-2, 120),
                Arbitraries.integers().between(3_590, 100_010),
                Arbitraries.integers());
        Arbitrary<Change<B>> number = Combinators.combine(Arbitraries.of(numbers), figures)
                .as((set, figure) -> new Change<>("figure " + figure, builder -> set.apply(builder, figure)));
        return Arbitraries.oneOf(Arbitraries.of(known.toList()), number).list().ofMaxSize(4);
    }
}
