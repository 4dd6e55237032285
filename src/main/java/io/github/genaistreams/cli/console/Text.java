package io.github.genaistreams.cli.console;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Text for a terminal. */
public final class Text {

    private Text() {}

    /** Wraps at blanks, so that no line is longer than {@code width} unless a word is. */
    public static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        var line = new StringBuilder();
        for (String word : text.strip().split("\\s+")) {
            if (line.length() > 0 && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    /** At most {@code width} characters, the last one an ellipsis if something was cut; always a single line. */
    public static String shorten(String text, int width) {
        String flat = printable(text).strip().replaceAll("\\s+", " ");
        if (flat.codePointCount(0, flat.length()) <= width) {
            return flat;
        }
        return flat.substring(0, flat.offsetByCodePoints(0, Math.max(0, width - 1))) + "…";
    }

    /** Without control characters other than line feed and tab: a model's answer must not control the terminal. */
    public static String printable(String text) {
        return text.replaceAll("[\\p{Cc}&&[^\\n\\t]]", "");
    }

    /** On one line, reversibly: a backslash before n, r, t or itself; other control characters as \\u001b. */
    public static String escaped(String text) {
        var line = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                case '\\' -> line.append("\\\\");
                default -> {
                    // Line and paragraph separators end a line for some readers.
                    if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
                        line.append("\\u%04x".formatted((int) c));
                    } else {
                        line.append(c);
                    }
                }
            }
        }
        return line.toString();
    }

    /** As one word of a shell's command line. */
    public static String quoted(String word) {
        return word.matches("[\\w@%+=:,./-]+") ? word : "'" + printable(word).replace("'", "'\\''") + "'";
    }

    /** "$0.0123", with the number of items of unknown cost. */
    public static String cost(BigDecimal usd, long unknown) {
        return withUnknown("$" + usd.setScale(6, RoundingMode.HALF_UP).toPlainString(), usd, unknown);
    }

    /** As {@link #cost}, in cents, the unit for documents. */
    public static String cents(BigDecimal usd, long unknown) {
        String amount = usd.movePointRight(2).stripTrailingZeros().toPlainString() + " ¢ ($"
                + usd.setScale(2, RoundingMode.HALF_UP) + ")";
        return withUnknown(amount, usd, unknown);
    }

    /** Leaves out an amount of zero beside an unknown cost: it would read as free. */
    private static String withUnknown(String amount, BigDecimal usd, long unknown) {
        String items = count(unknown, "item") + " of unknown cost";
        if (unknown == 0) {
            return amount;
        }
        return usd.signum() == 0 ? items : amount + " and " + items;
    }

    /** "1 item", "2 items". */
    public static String count(long number, String noun) {
        return "%,d %s%s".formatted(number, noun, number == 1 ? "" : "s");
    }
}
