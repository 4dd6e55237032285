package io.github.genaistreams.topology;

/** Names of the ways out of an API's processor. */
final class Sinks {

    private Sinks() {}

    static String results(String api) {
        return api + "-results";
    }

    static String deltas(String api) {
        return api + "-deltas";
    }

    /** Back to the requests: the items of a whole batch. */
    static String items(String api) {
        return api + "-items";
    }

    static String retries(String api) {
        return api + "-retries";
    }

    static String notes(String api) {
        return api + "-notes";
    }

    static String deadLetters(String api) {
        return api + "-dead-letters";
    }
}
