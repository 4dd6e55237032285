package io.github.genaistreams.serve.http;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * Who makes a request: the owner of a key, or a program on this machine where no keys are asked for.
 *
 * @param name            of the key; what belongs to it is kept under this name
 * @param role            what it may do
 * @param credential      the worker's credential that its calls use; empty for the default
 * @param budgetPerDayUsd what its batches of one day (UTC) may cost in USD; empty for no bound
 */
public record Caller(String name, Role role, Optional<String> credential, Optional<BigDecimal> budgetPerDayUsd) {

    /** The name under which things belong to this machine, where no keys are asked for. */
    public static final String LOCAL = "local";

    /** What a key may do. */
    public enum Role {
        /** Look at its own batches. */
        READ,
        /** Submit as well, cancel, and retry. */
        SUBMIT,
        /** The same for every batch, whoever submitted it. */
        ADMIN
    }

    /** Somebody who shows no key, and sees nothing. */
    static Caller nobody() {
        return new Caller("", Role.READ, Optional.empty(), Optional.empty());
    }

    /** A program on this machine. */
    public static Caller local() {
        return new Caller(LOCAL, Role.ADMIN, Optional.empty(), Optional.empty());
    }

    /**
     * Whether it may see what belongs to this owner.
     *
     * @param owner name of a key; empty if it was submitted past the front door
     */
    public boolean sees(Optional<String> owner) {
        return role == Role.ADMIN || owner.filter(name::equals).isPresent();
    }

    /** @throws ApiException 403 if it may only look */
    public void requireWrite() {
        if (role == Role.READ) {
            throw ApiException.refused(
                    403, "insufficient_permissions", "The key \"" + name + "\" can only read: its role is `read`.");
        }
    }
}
