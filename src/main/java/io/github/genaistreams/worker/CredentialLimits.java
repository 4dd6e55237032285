package io.github.genaistreams.worker;

/**
 * The limits of a credential as the settings say them; 0 for one that they do not say.
 *
 * @param api               {@code openai} or {@code datalab}
 * @param alias             {@code default} for the one without
 * @param concurrent        calls at once in each worker
 * @param requestsPerMinute calls of the account in a minute
 * @param tokensPerMinute   tokens of the account in a minute
 */
public record CredentialLimits(String api, String alias, int concurrent, int requestsPerMinute, int tokensPerMinute) {}
