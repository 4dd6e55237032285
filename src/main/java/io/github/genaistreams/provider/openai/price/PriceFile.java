package io.github.genaistreams.provider.openai.price;

import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the format of {@code prices.tsv}, which describes itself in its first lines. */
final class PriceFile {

    static final String STANDARD = "standard";

    private static final String MODEL = "model";
    private static final String TIER = "tier";
    private static final String THRESHOLD = "long_ctx_over";

    private static final Map<String, TokenKind> BASE = columns("", TokenKind.CACHED_INPUT, "cached_input");
    private static final Map<String, TokenKind> LONG = columns("long_", TokenKind.CACHED_INPUT, "long_cached");
    private static final Map<String, TokenKind> BATCH = columns("batch_", TokenKind.CACHED_INPUT, "batch_cached");
    private static final Set<String> REQUIRED = Set.of(MODEL, "input", "output");
    private static final Set<String> ALL = all();

    private static final Pattern AS_OF = Pattern.compile("#\\s*as-of:\\s*(\\S+)\\s*");
    private static final Pattern PRICE = Pattern.compile("\\d{1,6}(\\.\\d{1,6})?");
    private static final Pattern TOKENS = Pattern.compile("\\d{1,12}");

    private final String file;
    private final Map<String, Map<String, ListPrice>> rows = new HashMap<>();
    private Optional<LocalDate> asOf = Optional.empty();
    private @Nullable List<String> header;
    private int line;

    private PriceFile(String file) {
        this.file = file;
    }

    /**
     * @param file its name in messages
     * @return the rows by model and tier
     * @throws PriceTableException if the file cannot be read
     */
    static Map<String, Map<String, ListPrice>> read(BufferedReader reader, String file) {
        var parsed = new PriceFile(file);
        try {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                parsed.line++;
                parsed.line(parsed.line == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text);
            }
        } catch (CharacterCodingException e) {
            throw new PriceTableException(file + " is not UTF-8 text", e);
        } catch (IOException e) {
            throw new PriceTableException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (parsed.header == null) {
            throw new PriceTableException(file + " has no line with the column names");
        }
        return parsed.rows;
    }

    private void line(String text) {
        if (text.startsWith("#")) {
            comment(text);
        } else if (text.isBlank()) {
            return;
        } else if (header == null) {
            header(cells(text));
        } else {
            row(header, cells(text));
        }
    }

    private static List<String> cells(String text) {
        return List.of(text.split("\t", -1)).stream().map(String::strip).toList();
    }

    private void comment(String text) {
        Matcher date = AS_OF.matcher(text);
        if (!date.matches()) {
            return;
        }
        if (header != null) {
            throw error("the date of the prices (as-of) must come before the line with the column names");
        }
        try {
            asOf = Optional.of(LocalDate.parse(date.group(1)));
        } catch (DateTimeParseException e) {
            throw error("\"" + date.group(1) + "\" is not a date; use the form 2026-08-21");
        }
    }

    private void header(List<String> names) {
        var seen = new HashSet<String>();
        for (String name : names) {
            if (!ALL.contains(name)) {
                throw error("there is no column \"" + name + "\"; columns are separated by tabs");
            }
            if (!seen.add(name)) {
                throw error(name, "appears twice");
            }
        }
        REQUIRED.stream()
                .sorted()
                .filter(name -> !seen.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw error(name, "is missing");
                });
        header = names;
    }

    private void row(List<String> names, List<String> cells) {
        if (cells.size() > names.size()) {
            throw error("there are " + cells.size() + " cells for " + names.size() + " columns");
        }
        var values = new HashMap<String, String>();
        for (int i = 0; i < cells.size(); i++) {
            if (!cells.get(i).isEmpty()) {
                values.put(names.get(i), cells.get(i));
            }
        }
        String model = values.get(MODEL);
        if (model == null) {
            throw error(MODEL, "must not be blank");
        }
        String tier = PriceTable.tier(values.get(TIER));
        ListPrice before = rows.computeIfAbsent(model, none -> new HashMap<>()).put(tier, price(values, tier));
        if (before != null) {
            throw error(MODEL, "there is a row for " + model + " on the " + tier + " tier already");
        }
    }

    private ListPrice price(Map<String, String> values, String tier) {
        Rates base = rates(values, BASE);
        Rates longContext = rates(values, LONG);
        Rates batch = rates(values, BATCH);
        OptionalLong threshold = threshold(values);
        if (threshold.isEmpty() && !longContext.isEmpty()) {
            throw error(THRESHOLD, "must not be blank if the row has prices for a long context");
        }
        if (!tier.equals(STANDARD) && !batch.isEmpty()) {
            throw error(TIER, "batch prices belong in the row of the " + STANDARD + " tier");
        }
        if (base.has(TokenKind.CACHE_WRITE)) {
            return new ListPrice(base, threshold, longContext, batch, asOf);
        }
        // The model has no separate price for cache writes.
        return new ListPrice(
                base.writingAtInputPrice(),
                threshold,
                longContext.writingAtInputPrice(),
                batch.writingAtInputPrice(),
                asOf);
    }

    private Rates rates(Map<String, String> values, Map<String, TokenKind> columns) {
        var rates = new EnumMap<TokenKind, Long>(TokenKind.class);
        columns.forEach((column, kind) -> {
            String value = values.get(column);
            if (value == null) {
                return;
            }
            if (!PRICE.matcher(value).matches()) {
                throw error(
                        column,
                        "\"" + value + "\" is not a price; use USD per 1,000,000 tokens, below 1,000,000 and with at"
                                + " most 6 decimals, such as 1.25, or leave it blank");
            }
            rates.put(kind, new BigDecimal(value).movePointRight(6).longValueExact());
        });
        return new Rates(rates);
    }

    private OptionalLong threshold(Map<String, String> values) {
        String value = values.get(THRESHOLD);
        if (value == null) {
            return OptionalLong.empty();
        }
        if (!TOKENS.matcher(value).matches()) {
            throw error(THRESHOLD, "\"" + value + "\" is not a number of tokens such as 272000");
        }
        return OptionalLong.of(Long.parseLong(value));
    }

    private PriceTableException error(String problem) {
        return new PriceTableException(file + ", line " + line + ": " + problem);
    }

    private PriceTableException error(String column, String problem) {
        return new PriceTableException(file + ", line " + line + ", column " + column + ": " + problem);
    }

    private static Map<String, TokenKind> columns(String prefix, TokenKind special, String name) {
        var columns = new HashMap<String, TokenKind>();
        for (TokenKind kind : TokenKind.values()) {
            columns.put(kind == special ? name : prefix + kind.column(), kind);
        }
        return Map.copyOf(columns);
    }

    private static Set<String> all() {
        var all = new HashSet<>(Set.of(MODEL, TIER, THRESHOLD));
        List.of(BASE, LONG, BATCH).forEach(columns -> all.addAll(columns.keySet()));
        return Set.copyOf(all);
    }
}
