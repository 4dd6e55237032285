package io.github.genaistreams.serve.http;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * Who makes a request: the owner of a key, or any program on this machine if the server has no keys.
 *
 * @param name            name of the key, which owns what the caller creates
 * @param role            what the caller may do
 * @param credential      the worker's credential for the caller's calls; empty for the default
 * @param budgetPerDayUsd what the caller's batches of one day (UTC) may cost, in USD; empty for no limit
 */
public record Caller(String name, Role role, Optional<String> credential, Optional<BigDecimal> budgetPerDayUsd) {

    /** The name of the caller if the server has no keys. */
    public static final String LOCAL = "local";

    /** What a key may do. */
    public enum Role {
        /** See its own batches. */
        READ,
        /** Also submit, cancel and retry. */
        SUBMIT,
        /** The same for every batch, whoever submitted it. */
        ADMIN
    }

    /** A caller without a key, who sees no batch. */
    static Caller nobody() {
        return new Caller("", Role.READ, Optional.empty(), Optional.empty());
    }

    /** A program on this machine. */
    public static Caller local() {
        return new Caller(LOCAL, Role.ADMIN, Optional.empty(), Optional.empty());
    }

    /**
     * Whether the caller may see what belongs to this owner.
     *
     * @param owner name of a key; empty for a batch that was not submitted to the server
     */
    public boolean sees(Optional<String> owner) {
        return role == Role.ADMIN || owner.filter(name::equals).isPresent();
    }

    /** @throws ApiException 403 if the caller may only read */
    public void requireWrite() {
        if (role == Role.READ) {
            throw ApiException.refused(
                    403, "insufficient_permissions", "The key \"" + name + "\" can only read: its role is `read`.");
        }
    }
}
