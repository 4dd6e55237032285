package io.github.genaistreams.provider.http;

/** A server has sent something that cannot be the answer to the request. */
final class UnexpectedResponseException extends Exception {

    private static final long serialVersionUID = 1L;

    UnexpectedResponseException(String what) {
        super(what);
    }
}
