package io.github.genaistreams.worker;

import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.store.S3Store;
import java.net.URI;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;

/** Opens the document store that the settings name. */
final class StoreSettings {

    private StoreSettings() {}

    /** @throws ConfigException if it is a bucket that cannot be addressed */
    static DocumentStore open(GenAiConfig config) {
        String store = config.getString(GenAiConfig.DOCUMENT_STORE);
        try {
            return S3Store.Place.parse(store, endpoint(config), config.text(GenAiConfig.DOCUMENT_STORE_REGION))
                    .<DocumentStore>map(S3Store::new)
                    .orElseGet(() -> new DirectoryStore(config.path(GenAiConfig.DOCUMENT_STORE)));
        } catch (IllegalArgumentException | SdkException e) {
            throw new ConfigException(GenAiConfig.DOCUMENT_STORE, store, e.getMessage());
        }
    }

    private static @Nullable URI endpoint(GenAiConfig config) {
        String endpoint = config.text(GenAiConfig.DOCUMENT_STORE_ENDPOINT);
        if (endpoint == null) {
            return null;
        }
        // Not quoted: it may contain a password.
        if (!endpoint.matches("https?://[^/\\s@?#]+/?") || !isWeb(endpoint)) {
            throw new ConfigException(GenAiConfig.DOCUMENT_STORE_ENDPOINT
                    + " must be http:// or https:// and a host, for example http://localhost:9000, without keys: the"
                    + " AWS SDK finds the keys (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role)");
        }
        return URI.create(endpoint);
    }

    private static boolean isWeb(String address) {
        try {
            return HostPort.isWeb(URI.create(address));
        } catch (IllegalArgumentException noAddress) {
            return false;
        }
    }
}
