package io.github.genaistreams.worker;

/**
 * The limits of a credential in the settings; 0 for a limit that is not set.
 *
 * @param api               {@code openai} or {@code datalab}
 * @param alias             {@code default} for the default credential
 * @param concurrent        calls at once in each worker
 * @param requestsPerMinute calls of the account in a minute
 * @param tokensPerMinute   tokens of the account in a minute
 */
public record CredentialLimits(String api, String alias, int concurrent, int requestsPerMinute, int tokensPerMinute) {}
