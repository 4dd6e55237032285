package io.github.genaistreams.docs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands of a block of shell, as far as our pages use one: quotes, variables, pipes, redirections, here-documents. */
final class Shell {

    private static final Pattern ASSIGNMENT = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)=(.*)", Pattern.DOTALL);
    private static final Pattern HERE_DOCUMENT = Pattern.compile("<<'(\\w+)'(.*?)\n.*?\n\\1\n", Pattern.DOTALL);

    /**
     * One command.
     *
     * @param variables what is set for it, or by it if it has no words
     * @param words     with {@code $variable} as it stands; a nested command is {@code $()}
     * @param output    the file that its output goes to, or null
     * @param nested    the command whose output is part of this one, or null
     */
    record Command(Map<String, String> variables, List<String> words, String output, Command nested) {

        String name() {
            return words.isEmpty() ? "" : words.get(0);
        }

        String[] arguments() {
            return words.subList(1, words.size()).toArray(String[]::new);
        }
    }

    private final String text;
    private final List<Command> commands = new ArrayList<>();
    private int at;

    private List<String> words = new ArrayList<>();
    private String output;
    private Command nested;

    private Shell(String text) {
        this.text = text;
    }

    /** @throws IllegalArgumentException if it is no shell of the kind */
    static List<Command> commands(String text) {
        String plain = HERE_DOCUMENT.matcher(text).replaceAll("$2\n").replace("\\\n", " ");
        var shell = new Shell(plain);
        shell.read();
        return shell.commands;
    }

    private void read() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n' || c == ';' || c == '|' || c == '&') {
                end();
                at++;
            } else if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '#') {
                at = lineEnd();
            } else if (c == '>' || c == '<') {
                at++;
                skipBlanks();
                String file = word();
                output = c == '>' ? file : output;
            } else {
                words.add(word());
            }
        }
        end();
    }

    private String word() {
        var word = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\'' || c == '"') {
                int close = text.indexOf(c, at + 1);
                if (close < 0) {
                    throw new IllegalArgumentException("a quote is not closed: " + text.substring(at, lineEnd()));
                }
                word.append(text, at + 1, close);
                at = close + 1;
            } else if (text.startsWith("$(", at)) {
                int close = text.indexOf(')', at);
                nested = commands(text.substring(at + 2, close)).get(0);
                word.append("$()");
                at = close + 1;
            } else if (Character.isWhitespace(c) || ";|&<>".indexOf(c) >= 0) {
                break;
            } else {
                word.append(c);
                at++;
            }
        }
        return word.toString();
    }

    private void end() {
        Map<String, String> variables = new LinkedHashMap<>();
        boolean exports = !words.isEmpty() && words.get(0).equals("export");
        List<String> rest = exports ? words.subList(1, words.size()) : words;
        int first = 0;
        while (first < rest.size()) {
            Matcher assignment = ASSIGNMENT.matcher(rest.get(first));
            if (!assignment.matches()) {
                break;
            }
            variables.put(assignment.group(1), assignment.group(2));
            first++;
        }
        if (!words.isEmpty()) {
            commands.add(new Command(variables, List.copyOf(rest.subList(first, rest.size())), output, nested));
        }
        words = new ArrayList<>();
        output = null;
        nested = null;
    }

    private int lineEnd() {
        int end = text.indexOf('\n', at);
        return end < 0 ? text.length() : end;
    }

    private void skipBlanks() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }
}
