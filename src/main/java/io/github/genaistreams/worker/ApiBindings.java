package io.github.genaistreams.worker;

import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.HoldSettings;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.ByCredential;
import io.github.genaistreams.provider.ClaimCheck;
import io.github.genaistreams.provider.UrlHosts;
import io.github.genaistreams.provider.datalab.DatalabClient;
import io.github.genaistreams.provider.datalab.DocumentUrls;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.LargeAnswers;
import io.github.genaistreams.provider.openai.OpenAiClient;
import io.github.genaistreams.provider.openai.RequestUrls;
import io.github.genaistreams.provider.openai.price.PriceTable;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WriterSchemas;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;

/** The APIs that a worker has a key for, with their clients. Closing it closes their connections. */
final class ApiBindings implements AutoCloseable {

    private final List<ApiBinding<?>> bindings = new ArrayList<>();

    /** By API and credential. */
    private final Map<String, Map<String, Governor>> governors = new HashMap<>();

    private final HoldSettings holds;
    private final ToDoubleFunction<String> shares;

    /** All clients share one heap, so they share one bound for large answers. */
    private final LargeAnswers large = LargeAnswers.ofHeap();

    private final DocumentStore store;
    private final WriterSchemas writers;

    /** The names of the APIs that the configuration has a key for. */
    static List<String> configured(GenAiConfig config) {
        List<String> apis = new ArrayList<>();
        if (!config.responses().credentials().isEmpty()) {
            apis.add(Topics.RESPONSES);
        }
        if (!config.documents().credentials().isEmpty()) {
            apis.add(Topics.DOCUMENTS);
        }
        return apis;
    }

    /**
     * @param apis    the APIs to call
     * @param writers schemas of the records that are framed for a schema registry
     * @param shares  this worker's present share of an API's accounts, from 0 to 1
     * @throws WorkerException if a setting cannot be used
     */
    ApiBindings(GenAiConfig config, Collection<String> apis, WriterSchemas writers, ToDoubleFunction<String> shares) {
        this.writers = writers;
        this.shares = shares;
        this.holds = config.holds();
        try {
            store = config.documentStore();
        } catch (ConfigException e) {
            throw new WorkerException(e);
        }
        try {
            if (apis.contains(Topics.RESPONSES)) {
                bindings.add(responses(config));
            }
            if (apis.contains(Topics.DOCUMENTS)) {
                bindings.add(documents(config));
            }
        } catch (ConfigException | IllegalArgumentException e) {
            close();
            throw new WorkerException(e);
        }
    }

    private ApiBinding<ResponsesRequest> responses(GenAiConfig config) {
        PriceTable prices = config.prices();
        ApiSettings api = config.responses();
        Collection<Credential> credentials = api.credentials().values();
        UrlHosts hosts = api.urlHosts();
        ApiClient<ResponsesRequest> clients = clients(
                credentials,
                // The lanes bound the calls at once. The number of lanes changes while the worker runs.
                HttpSettings.MAX_CONNECTIONS,
                (credential, connections) -> new OpenAiClient(api.http(credential, connections), large),
                request -> RequestUrls.firstRefused(request, hosts));
        return new ApiBinding<>(
                Topics.RESPONSES,
                RequestDecoder.responses().reading(writers),
                Codecs.RESPONSES_REQUEST,
                Codecs.RESPONSES_RETRY.reading(writers),
                new ClaimCheck<>(clients, store, api.largestAnswerInRecord()),
                api.lane(),
                governors(Topics.RESPONSES, credentials),
                answer -> prices.cost(answer.model(), answer.serviceTier(), answer.usage()),
                config.getBoolean(GenAiConfig.DELTAS_ENABLED));
    }

    private ApiBinding<DocumentRequest> documents(GenAiConfig config) {
        ApiSettings api = config.documents();
        Collection<Credential> credentials = api.credentials().values();
        UrlHosts hosts = api.urlHosts();
        ApiClient<DocumentRequest> clients = clients(
                credentials,
                // The lanes bound the calls at once. The number of lanes changes while the worker runs.
                HttpSettings.MAX_CONNECTIONS,
                (credential, connections) -> new DatalabClient(api.http(credential, connections), store, large),
                request -> DocumentUrls.firstRefused(request, hosts));
        return new ApiBinding<>(
                Topics.DOCUMENTS,
                RequestDecoder.documents().reading(writers),
                Codecs.DOCUMENT_REQUEST,
                Codecs.DOCUMENT_RETRY.reading(writers),
                new ClaimCheck<>(clients, store, api.largestAnswerInRecord()),
                api.lane(),
                governors(Topics.DOCUMENTS, credentials),
                DatalabClient::cost,
                false);
    }

    private static <Q extends ApiRequest> ApiClient<Q> clients(
            Collection<Credential> credentials,
            int connections,
            BiFunction<Credential, Integer, ApiClient<Q>> start,
            Function<Q, Optional<CallError>> rule) {
        Map<String, ApiClient<Q>> clients = new HashMap<>();
        try {
            credentials.forEach(credential -> clients.put(credential.alias(), start.apply(credential, connections)));
            return new ByCredential<>(clients, rule);
        } catch (RuntimeException e) {
            clients.values().forEach(ApiClient::close);
            throw e;
        }
    }

    private Governors governors(String api, Collection<Credential> credentials) {
        Map<String, Governor> own = credentials.stream()
                .collect(Collectors.toMap(
                        Credential::alias,
                        credential -> new Governor(
                                credential.limits(),
                                () -> shares.applyAsDouble(api),
                                holds,
                                credential.key()::current,
                                new HoldLog(api, credential.alias()))));
        governors.put(api, own);
        return Governors.of(own);
    }

    /** The governors of each API by its credentials' aliases. */
    Map<String, Map<String, Governor>> governors() {
        return Map.copyOf(governors);
    }

    List<ApiBinding<?>> bindings() {
        return List.copyOf(bindings);
    }

    @Override
    public void close() {
        bindings.forEach(binding -> binding.client().close());
        store.close();
    }
}
