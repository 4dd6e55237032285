package io.github.genaistreams.registry;

/** The registry did not do what is needed. The message is a sentence that says what to change. */
public final class RegistryException extends RuntimeException {

    private static final long serialVersionUID = 1;

    RegistryException(String message) {
        super(message);
    }
}
