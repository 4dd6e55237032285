package io.github.genaistreams.topology.call;

/** Names of the sinks of an API's processor. */
public final class Sinks {

    private Sinks() {}

    public static String results(String api) {
        return api + "-results";
    }

    public static String deltas(String api) {
        return api + "-deltas";
    }

    /** Back to the request topic: the items of a whole batch. */
    public static String items(String api) {
        return api + "-items";
    }

    /** Back to the urgent topic. */
    public static String urgentItems(String api) {
        return api + "-urgent-items";
    }

    public static String retries(String api) {
        return api + "-retries";
    }

    public static String notes(String api) {
        return api + "-notes";
    }

    public static String deadLetters(String api) {
        return api + "-dead-letters";
    }
}
