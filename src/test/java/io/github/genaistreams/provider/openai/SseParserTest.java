package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseParserTest {

    private static final int LIMIT = 1_000;

    @Test
    void readsNameAndData() {
        assertThat(parse("event: add\ndata: {\"a\":1}\n\n")).containsExactly(new SseEvent("add", "{\"a\":1}", ""));
    }

    @Test
    void joinsDataLinesWithALineFeed() {
        assertThat(parse("data: one\ndata\ndata:two\n\n")).containsExactly(new SseEvent("", "one\n\ntwo", ""));
    }

    @Test
    void takesOneSpaceOffAValue() {
        assertThat(parse("data:  two: spaces \n\n")).containsExactly(new SseEvent("", " two: spaces ", ""));
    }

    @Test
    void givesOutAnEventWithEmptyData() {
        assertThat(parse("data\n\ndata:\n\ndata: \n\n")).hasSize(3).allSatisfy(event -> assertThat(event.data())
                .isEmpty());
    }

    @Test
    void givesOutNothingWithoutData() {
        assertThat(parse("event: lonely\n\n\n\ndata: x\n\n")).containsExactly(new SseEvent("", "x", ""));
    }

    @Test
    void leavesOutCommentsAndUnknownFields() {
        assertThat(parse(": ping\n:\ndata: a\n: data: b\nDATA: c\n data: d\ncolour: red\n\n"))
                .containsExactly(new SseEvent("", "a", ""));
    }

    @Test
    void countsCommentsAndEventsWithoutDataAsSigns() throws Exception {
        var parser = new SseParser(LIMIT, event -> {});

        parser.read(": ping".getBytes(UTF_8));
        assertThat(parser.signs()).isZero();
        parser.read("\n\n\n:\nevent: ping\n\ndata: x\n\n".getBytes(UTF_8));
        assertThat(parser.signs()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void takesEveryKindOfLineEnd(String end) {
        assertThat(parse("event: e~data: a~data: b~~data: c~~".replace("~", end)))
                .containsExactly(new SseEvent("e", "a\nb", ""), new SseEvent("", "c", ""));
    }

    @Test
    void takesLineEndsThatAreMixed() {
        assertThat(parse("data: a\r\rdata: b\n\r\ndata: c\r\n\n"))
                .containsExactly(new SseEvent("", "a", ""), new SseEvent("", "b", ""), new SseEvent("", "c", ""));
    }

    @Test
    void leavesOutAByteOrderMarkAtTheStartOnly() {
        assertThat(parse("\uFEFFdata: a\n\n\uFEFFdata: b\n\ndata: \uFEFFc\n\n"))
                .containsExactly(new SseEvent("", "a", ""), new SseEvent("", "\uFEFFc", ""));
        assertThat(parse("\uFEFF\ndata: a\n\n")).containsExactly(new SseEvent("", "a", ""));
    }

    @Test
    void keepsTheLastIdUntilAnotherComes() {
        assertThat(parse("id: 1\ndata: a\n\ndata: b\n\nid: 2\u0000\ndata: c\n\nid\ndata: d\n\n"))
                .extracting(SseEvent::id)
                .containsExactly("1", "1", "1", "");
    }

    @Test
    void readsTheTimeToReconnect() throws Exception {
        var parser = new SseParser(LIMIT, event -> {});
        assertThat(parser.reconnectAfter()).isEmpty();
        parser.read("retry: 1500\nretry: 1.5\nretry: -1\nretry:\n".getBytes(UTF_8));
        assertThat(parser.reconnectAfter()).contains(Duration.ofMillis(1500));
    }

    @Test
    void givesOutNothingThatIsUnfinished() {
        assertThat(parse("data: a\n\ndata: b\n")).containsExactly(new SseEvent("", "a", ""));
        assertThat(parse("data: a")).isEmpty();
    }

    @Test
    void givesOutAnEventAsSoonAsItsBlankLineHasCome() {
        assertThat(parse("data: a\r\r")).hasSize(1);
        assertThat(parse("data: a\r\n\r")).hasSize(1);
    }

    @Test
    void refusesAnEventThatIsTooLarge() {
        assertThat(parse("data: " + "x".repeat(LIMIT - 6) + "\n\n")).hasSize(1);
        assertThatThrownBy(() -> parseAll("data: a\n\ndata: " + "x".repeat(LIMIT - 5)))
                .isInstanceOf(SseParser.EventTooLargeException.class)
                .hasMessage("An event has more than 1000 bytes");
        assertThatThrownBy(() -> parseAll("data: xxxxxxxxx\n".repeat(100)))
                .isInstanceOf(SseParser.EventTooLargeException.class);
        assertThatThrownBy(() -> parseAll(":" + "x".repeat(LIMIT)))
                .isInstanceOf(SseParser.EventTooLargeException.class);
    }

    @Test
    void readsAnEndlessStreamOfSmallEvents() {
        assertThat(parse("data: abc\n\n".repeat(10_000))).hasSize(10_000);
    }

    @Property
    void doesNotCareHowTheBytesAreCut(@ForAll("streams") String stream, @ForAll("cuts") List<Integer> cuts) {
        byte[] bytes = stream.getBytes(UTF_8);
        assertThat(parse(pieces(bytes, cuts))).isEqualTo(parse(List.of(bytes)));
    }

    @Property(tries = 200)
    void doesNotCareAboutSingleBytesEither(@ForAll("streams") String stream) {
        byte[] bytes = stream.getBytes(UTF_8);
        assertThat(parse(pieces(bytes, List.of(1)))).isEqualTo(parse(List.of(bytes)));
    }

    @Property(tries = 200)
    void readsWhatWasWritten(@ForAll("texts") List<String> texts) {
        var stream = new StringBuilder();
        for (String text : texts) {
            stream.append("data: ").append(text.replace("\n", "\ndata: ")).append("\n\n");
        }
        assertThat(parse(stream.toString())).extracting(SseEvent::data).isEqualTo(texts);
    }

    /** Pieces of the grammar in any order, so that every state meets every byte. */
    @Provide
    Arbitrary<String> streams() {
        Arbitrary<String> piece = Arbitraries.of(
                "\n",
                "\r",
                "\r\n",
                "\n\n",
                "\r\n\r\n",
                "data",
                ":",
                " ",
                "event: e",
                "id: 7",
                "retry: 9",
                "data: x",
                "ä",
                "€",
                "😀",
                "\uFEFF",
                "\u0000",
                "x".repeat(400));
        return piece.list().ofMaxSize(40).map(pieces -> String.join("", pieces));
    }

    @Provide
    Arbitrary<List<String>> texts() {
        return Combinators.combine(
                        Arbitraries.strings().withChars("ab:\n €").ofMaxLength(10),
                        Arbitraries.of("", "😀", "äöü", "€"))
                .as((a, b) -> a + b)
                .list()
                .ofMaxSize(10);
    }

    @Provide
    Arbitrary<List<Integer>> cuts() {
        return Arbitraries.integers().between(1, 9).list().ofMinSize(1).ofMaxSize(20);
    }

    /** Cuts the bytes into pieces of these lengths, over and over. */
    private static List<byte[]> pieces(byte[] bytes, List<Integer> lengths) {
        var pieces = new ArrayList<byte[]>();
        int start = 0;
        for (int i = 0; start < bytes.length; i++) {
            int end = Math.min(bytes.length, start + lengths.get(i % lengths.size()));
            pieces.add(Arrays.copyOfRange(bytes, start, end));
            start = end;
        }
        return pieces;
    }

    private static List<SseEvent> parse(String stream) {
        return parse(List.of(stream.getBytes(UTF_8)));
    }

    /** The events; one named {@code too large} at the end if the parser gave up. */
    private static List<SseEvent> parse(List<byte[]> pieces) {
        var events = new ArrayList<SseEvent>();
        var parser = new SseParser(LIMIT, events::add);
        try {
            for (byte[] piece : pieces) {
                parser.read(piece);
            }
        } catch (SseParser.EventTooLargeException e) {
            events.add(new SseEvent("too large", "", ""));
        }
        return events;
    }

    private static void parseAll(String stream) throws SseParser.EventTooLargeException {
        new SseParser(LIMIT, event -> {}).read(stream.getBytes(UTF_8));
    }
}
