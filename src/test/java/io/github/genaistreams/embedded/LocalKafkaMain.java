package io.github.genaistreams.embedded;

import java.nio.file.Path;

/** A process of its own around a {@link LocalKafka}, to be killed by a test. Prints the address once it serves. */
final class LocalKafkaMain {

    private LocalKafkaMain() {}

    public static void main(String[] args) throws Exception {
        var kafka = LocalKafka.start(LocalKafka.Options.keptIn(Path.of(args[0])));
        System.out.println("READY " + kafka.bootstrapServers());
        Thread.currentThread().join();
    }
}
