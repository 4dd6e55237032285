package io.github.genaistreams.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.DeadLetterOptions;
import io.github.genaistreams.cli.option.PlaceOptions;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.client.deadletter.DeadLetter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows one dead letter. */
@Command(
        name = "show",
        description = "Shows a dead letter in full: its origin, reason, headers, key and value.",
        footer = {
            "  genai dead-letters show 0@17",
            "  genai dead-letters show 0@17 --raw > letter.json     # correct it, and",
            "  genai dead-letters replay 0@17 --value letter.json"
        })
final class DeadLettersShowCommand extends BaseCommand {

    @Parameters(
            paramLabel = "ID",
            description = "ID of the dead letter, as listed by `genai dead-letters list`, for example 0@17.")
    private String id;

    @Option(names = "--raw", description = "Print only the value, byte for byte.")
    private boolean raw;

    @Option(names = "--json", description = "Print one JSON object. Binary values are in base64.")
    private boolean json;

    /** Either as text or in base64. */
    private record Bytes(@Nullable String text, @Nullable String base64) {

        static @Nullable Bytes of(byte @Nullable [] bytes) {
            String text = asText(bytes);
            return bytes == null
                    ? null
                    : new Bytes(text, text == null ? Base64.getEncoder().encodeToString(bytes) : null);
        }
    }

    private record Whole(
            String id,
            String reason,
            String topic,
            @Nullable Integer partition,
            @Nullable Long offset,
            String died,
            boolean replayed,
            Map<String, Bytes> headers,
            @Nullable Bytes key,
            @Nullable Bytes value) {}

    @Mixin
    private PlaceOptions place;

    DeadLettersShowCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        DeadLetter.Id wanted = DeadLetterOptions.ids(List.of(id)).iterator().next();
        DeadLetter letter;
        try (Place at = place.open(cli, global)) {
            letter = at.deadLetters()
                    .find(wanted)
                    .orElseThrow(() -> new CliException(
                            "There is no dead letter " + wanted + ". `genai dead-letters list` lists the IDs."));
        }
        if (raw) {
            if (letter.value() != null) {
                cli.out().write(letter.value(), 0, letter.value().length);
                cli.out().flush();
            }
        } else if (json) {
            Map<String, Bytes> headers = new LinkedHashMap<>();
            letter.headers().forEach(header -> headers.put(header.key(), Bytes.of(header.value())));
            cli.printJson(new Whole(
                    letter.id().toString(),
                    letter.reason(),
                    letter.topic(),
                    letter.partition(),
                    letter.offset(),
                    letter.movedAt().toString(),
                    letter.replayed(),
                    headers,
                    Bytes.of(letter.key()),
                    Bytes.of(letter.value())));
        } else {
            print(letter);
        }
        return ExitStatus.OK;
    }

    private void print(DeadLetter letter) {
        Paint paint = global.outPaint(cli);
        row("letter", letter.id() + (letter.replayed() ? paint.faint("   replayed") : ""));
        row("reason", paint.red(Text.printable(letter.reason())));
        row(
                "from",
                Text.printable(letter.topic())
                        + (letter.partition() == null
                                ? ""
                                : ", partition " + letter.partition() + ", offset " + letter.offset()));
        row("given up", letter.movedAt().toString());
        for (Header header : letter.headers()) {
            row("header", Text.printable(header.key()) + " = " + shown(header.value()));
        }
        row("key", shown(letter.key()));
        row("value", letter.value() == null ? "none" : "%,d bytes".formatted(letter.value().length));
        if (letter.value() != null) {
            cli.out().println();
            cli.out().println(shown(letter.value()));
        }
    }

    private void row(String name, String value) {
        cli.out().println("%-10s%s".formatted(name, value));
    }

    private static String shown(byte @Nullable [] bytes) {
        if (bytes == null) {
            return "none";
        }
        String text = asText(bytes);
        return text == null ? HexFormat.ofDelimiter(" ").formatHex(bytes) : Text.printable(text);
    }

    /** The bytes as text; null if they are not text. */
    private static @Nullable String asText(byte @Nullable [] bytes) {
        try {
            return bytes == null
                    ? null
                    : UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
