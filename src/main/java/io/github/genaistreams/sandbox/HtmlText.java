package io.github.genaistreams.sandbox;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of an HTML page, a line for each of its blocks: what a reader sees of it, as far as that takes no layout. */
final class HtmlText {

    private static final Pattern UNSEEN = Pattern.compile("(?is)<!--.*?-->|<(script|style)\\b.*?</\\1\\s*>");
    private static final Pattern SPACE = Pattern.compile("[ \\t\\r\\n\\f]+");
    private static final Pattern WITHIN_A_LINE =
            Pattern.compile("(?i)</?(a|abbr|b|big|cite|code|del|dfn|em|font|i|ins|kbd|label|mark|q"
                    + "|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)\\b[^>]*>");
    private static final Pattern TAG = Pattern.compile("<[a-zA-Z/!?][^>]*>");
    private static final Pattern REFERENCE =
            Pattern.compile("&(?:#(\\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z][a-zA-Z0-9]*));");

    /** The named characters from U+00A1 to U+00FF, in their order. */
    private static final String LATIN = """
            iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr
            deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest
            Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml
            ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig
            agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml
            eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml""";

    /** Others that people write, each with its character. */
    private static final String OTHERS = """
            amp & lt < gt > quot " apos '
            ndash \u2013 mdash \u2014 lsquo \u2018 rsquo \u2019 sbquo \u201a ldquo \u201c rdquo \u201d bdquo \u201e
            lsaquo \u2039 rsaquo \u203a dagger \u2020 Dagger \u2021 bull \u2022 hellip \u2026 permil \u2030 prime \u2032
            Prime \u2033 euro \u20ac trade \u2122 larr \u2190 uarr \u2191 rarr \u2192 darr \u2193 minus \u2212 asymp \u2248
            ne \u2260 le \u2264 ge \u2265 OElig \u0152 oelig \u0153 Scaron \u0160 scaron \u0161 Yuml \u0178""";

    /** Their widths are layout. */
    private static final List<String> SPACES = List.of("nbsp", "ensp", "emsp", "thinsp");

    private static final Map<String, String> NAMED = named();

    private HtmlText() {}

    static String of(String html) {
        String text = UNSEEN.matcher(html).replaceAll(" ");
        text = SPACE.matcher(text).replaceAll(" ");
        text = WITHIN_A_LINE.matcher(text).replaceAll("");
        text = TAG.matcher(text).replaceAll("\n");
        text = REFERENCE.matcher(text).replaceAll(found -> Matcher.quoteReplacement(character(found)));
        return text.replace('\u00a0', ' ');
    }

    /** Of a reference; one that is not known stays as it is, as in a browser. */
    private static String character(MatchResult reference) {
        if (reference.group(1) != null) {
            return character(Integer.parseInt(reference.group(1)));
        }
        if (reference.group(2) != null) {
            return character(Integer.parseInt(reference.group(2), 16));
        }
        return NAMED.getOrDefault(reference.group(3), reference.group());
    }

    private static String character(int codePoint) {
        boolean isOne = codePoint > 0
                && Character.isValidCodePoint(codePoint)
                && Character.getType(codePoint) != Character.SURROGATE;
        return isOne ? Character.toString(codePoint) : "\ufffd";
    }

    private static Map<String, String> named() {
        Map<String, String> named = new HashMap<>();
        int character = 0xa1;
        for (String name : LATIN.split("[ \n]+")) {
            named.put(name, Character.toString(character++));
        }
        SPACES.forEach(space -> named.put(space, " "));
        String[] others = OTHERS.split("[ \n]+");
        for (int i = 0; i < others.length; i += 2) {
            named.put(others[i], others[i + 1]);
        }
        return named;
    }
}
