package io.github.genaistreams.provider.openai.price;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Prices of models, and the cost of a call's tokens:
 *
 * <pre>
 *   (input - cached - cache_write) × input price
 *     + cached                     × cached_input price
 *     + cache_write                × cache_write price
 *     + output                     × output price
 * </pre>
 *
 * <ul>
 * <li><b>Model</b>: the row of exactly that name. A dated snapshot without a row ({@code gpt-4o-2024-08-06}) has the
 * prices of its alias ({@code gpt-4o}), unless it is newer than the table. Any other name is unknown.
 * <li><b>Service tier</b>, as the response reports it: none, {@code default} and {@code auto} are the standard tier;
 * {@code flex} is priced at batch rates; any other needs a row of its own.
 * <li><b>Long context</b>: a call with more input tokens than the threshold has all its tokens priced at the long
 * rates.
 * <li>A missing price makes the cost unknown.
 * </ul>
 *
 * Fees other than for tokens (per search, per container) are not in {@code usage} and not in the cost. Thread-safe.
 */
public final class PriceTable {

    private static final String RESOURCE = "prices.tsv";
    private static final String FLEX = "flex";
    private static final Set<String> STANDARD_NAMES = Set.of("", "auto", "default", PriceFile.STANDARD);
    private static final Pattern SNAPSHOT = Pattern.compile("(.+)-(\\d{4}-\\d{2}-\\d{2})");

    /** Maximum number of cached snapshot names; a server may invent any number. */
    private static final int MAX_FOUND = 1_000;

    private final Map<String, Map<String, ListPrice>> rows;
    private final Map<String, Optional<Map<String, ListPrice>>> found = new ConcurrentHashMap<>();

    private PriceTable(Map<String, Map<String, ListPrice>> rows) {
        this.rows = rows;
    }

    /** The table in the jar. */
    public static PriceTable shipped() {
        InputStream resource = PriceTable.class.getResourceAsStream(RESOURCE);
        try (var reader = new BufferedReader(new InputStreamReader(resource, UTF_8))) {
            return of(reader, RESOURCE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A table from a file in the format of the shipped one.
     *
     * @throws PriceTableException if it cannot be read, naming file, line and column
     */
    public static PriceTable read(Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file, UTF_8)) {
            return of(reader, file.toString());
        } catch (NoSuchFileException e) {
            throw new PriceTableException(file + " does not exist", e);
        } catch (IOException e) {
            throw new PriceTableException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** @param name of the file, for messages */
    static PriceTable of(BufferedReader reader, String name) {
        return new PriceTable(PriceFile.read(reader, name));
    }

    /** This table with the other's rows added; a row for the same model and tier replaces the whole row here. */
    public PriceTable overriddenBy(PriceTable other) {
        var merged = new HashMap<>(rows);
        other.rows.forEach((model, tiers) -> merged.merge(model, tiers, (here, there) -> {
            var both = new HashMap<>(here);
            both.putAll(there);
            return both;
        }));
        return new PriceTable(merged);
    }

    /**
     * The cost of one call.
     *
     * @param model       the model in the response; null is unknown
     * @param serviceTier the tier in the response (not the requested one); null is the standard one
     * @param usage       tokens used; null is unknown
     */
    public Cost cost(@Nullable String model, @Nullable String serviceTier, @Nullable Usage usage) {
        if (usage == null) {
            return Cost.unknown("no valid usage was reported");
        }
        String flaw = Tokens.flaw(usage);
        if (flaw != null) {
            return Cost.unknown(flaw);
        }
        if (model == null) {
            return Cost.unknown("no model was reported");
        }
        Optional<Map<String, ListPrice>> tiers = tiers(model);
        if (tiers.isEmpty()) {
            return Cost.unknown("the price table has no model " + model);
        }
        String tier = tier(serviceTier);
        ListPrice row = tiers.get().get(tier);
        if (row != null) {
            return row.cost(usage, tier.equals(PriceFile.STANDARD) ? model : onTier(model, tier));
        }
        ListPrice standard = tiers.get().get(PriceFile.STANDARD);
        return tier.equals(FLEX) && standard != null && !standard.batch().isEmpty()
                ? standard.batchCost(usage, onTier(model, tier))
                : Cost.unknown("the price table has no row for " + onTier(model, tier));
    }

    private Optional<Map<String, ListPrice>> tiers(String model) {
        if (rows.containsKey(model)) {
            return Optional.of(rows.get(model));
        }
        Optional<Map<String, ListPrice>> before = found.get(model);
        if (before != null) {
            return before;
        }
        Optional<Map<String, ListPrice>> tiers = tiersOfSnapshot(model);
        if (found.size() < MAX_FOUND) {
            found.put(model, tiers);
        }
        return tiers;
    }

    private Optional<Map<String, ListPrice>> tiersOfSnapshot(String model) {
        Matcher snapshot = SNAPSHOT.matcher(model);
        if (!snapshot.matches() || !rows.containsKey(snapshot.group(1))) {
            return Optional.empty();
        }
        LocalDate date;
        try {
            date = LocalDate.parse(snapshot.group(2));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
        // A later snapshot may have other prices, which the table cannot know.
        Map<String, ListPrice> known = new HashMap<>(rows.get(snapshot.group(1)));
        known.values()
                .removeIf(
                        row -> row.asOf().isPresent() && date.isAfter(row.asOf().get()));
        return known.isEmpty() ? Optional.empty() : Optional.of(known);
    }

    /** The tier's name in the table. */
    static String tier(@Nullable String name) {
        return name == null || STANDARD_NAMES.contains(name) ? PriceFile.STANDARD : name;
    }

    private static String onTier(String model, String tier) {
        return model + " on the " + tier + " tier";
    }
}
