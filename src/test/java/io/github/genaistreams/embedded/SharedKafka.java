package io.github.genaistreams.embedded;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;

/** One broker for every test class of this JVM that registers this. Each test takes topics of its own. JUnit closes it in the end. */
public final class SharedKafka implements BeforeAllCallback {

    private LocalKafka broker;

    @Override
    public void beforeAll(ExtensionContext context) {
        broker = context.getStore(StoreScope.LAUNCHER_SESSION, Namespace.create(SharedKafka.class))
                .getOrComputeIfAbsent(
                        LocalKafka.class, any -> LocalKafka.start(LocalKafka.Options.temporary()), LocalKafka.class);
    }

    public LocalKafka broker() {
        return broker;
    }
}
