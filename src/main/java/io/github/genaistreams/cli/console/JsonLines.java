package io.github.genaistreams.cli.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * One JSON object per line. Characters that end a line for some readers are escaped too. Named in the log
 * configuration.
 */
public final class JsonLines extends JsonEncoder {

    @Override
    public byte[] encode(ILoggingEvent event) {
        String line = new String(super.encode(event), UTF_8);
        var escaped = new StringBuilder(line.length() + 16);
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            boolean isEnd = i == line.length() - 1;
            // All of them are inside strings.
            escaped.append(LogText.mustBeEscaped(c) && !isEnd ? "\\u%04x".formatted((int) c) : String.valueOf(c));
        }
        return escaped.toString().getBytes(UTF_8);
    }
}
