package io.github.genaistreams.serve.http;

import java.util.concurrent.Executor;

/**
 * The threads on which requests are answered. Those that a slow client can hold are apart from the others.
 *
 * @param requests  for handlers, which wait for Kafka but never for a client
 * @param uploads   for handlers that read a form while it arrives
 * @param downloads for bodies that are made while they are sent. Each reader of results holds some megabytes
 * @param live      for bodies that go on for as long as the client is there
 */
public record RequestThreads(FairThreads requests, FairThreads uploads, FairThreads downloads, FairThreads live) {

    /** @param executor must start a thread for each task at once; not shut down here */
    public static RequestThreads on(Executor executor) {
        return new RequestThreads(
                new FairThreads(executor, 32, 24, 256),
                new FairThreads(executor, 32, 8, 128),
                new FairThreads(executor, 8, 6, 128),
                new FairThreads(executor, 100, 50, 0));
    }
}
