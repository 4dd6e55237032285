package io.github.genaistreams.cli.console;

import ch.qos.logback.classic.pattern.RootCauseFirstThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.pattern.CompositeConverter;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The text of a log event on one line. Text from a batch, a server or a record cannot start a new line or control the
 * terminal. Named in the log configuration, so its classes are public.
 */
public final class LogText {

    private LogText() {}

    /**
     * Escapes such as {@code \n} for characters that end a line, control the terminal, or change the direction of
     * writing.
     */
    static String escaped(String text) {
        StringBuilder escaped = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            String code = code(c);
            if (code != null && escaped == null) {
                escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            if (escaped != null) {
                escaped.append(code == null ? String.valueOf(c) : code);
            }
        }
        return escaped == null ? text : escaped.toString();
    }

    private static @Nullable String code(char c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> mustBeEscaped(c) ? "\\u%04x".formatted((int) c) : null;
        };
    }

    static boolean mustBeEscaped(char c) {
        return Character.isISOControl(c)
                // Line and paragraph separators, and characters that reverse the rest of a line.
                || c >= '\u2028' && c <= '\u202e'
                || c >= '\u2066' && c <= '\u2069';
    }

    /** The text on one line. */
    public static final class OneLine extends CompositeConverter<ILoggingEvent> {

        @Override
        protected String transform(ILoggingEvent event, String text) {
            return escaped(text);
        }
    }

    /** An exception, root cause first. Each frame has its own line, and each message stays on one line. */
    public static final class Causes extends RootCauseFirstThrowableProxyConverter {

        @Override
        protected String throwableProxyToString(IThrowableProxy thrown) {
            return super.throwableProxyToString(new Quiet(thrown));
        }
    }

    private record Quiet(IThrowableProxy thrown) implements IThrowableProxy {

        @Override
        public @Nullable String getMessage() {
            return thrown.getMessage() == null ? null : escaped(thrown.getMessage());
        }

        @Override
        public String getClassName() {
            return thrown.getClassName();
        }

        @Override
        public StackTraceElementProxy[] getStackTraceElementProxyArray() {
            return thrown.getStackTraceElementProxyArray();
        }

        @Override
        public int getCommonFrames() {
            return thrown.getCommonFrames();
        }

        @Override
        public @Nullable IThrowableProxy getCause() {
            return thrown.getCause() == null ? null : new Quiet(thrown.getCause());
        }

        @Override
        public IThrowableProxy @Nullable [] getSuppressed() {
            return thrown.getSuppressed() == null
                    ? null
                    : Stream.of(thrown.getSuppressed()).map(Quiet::new).toArray(IThrowableProxy[]::new);
        }

        @Override
        public boolean isCyclic() {
            return thrown.isCyclic();
        }
    }
}
