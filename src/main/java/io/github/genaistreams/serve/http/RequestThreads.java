package io.github.genaistreams.serve.http;

import java.util.concurrent.Executor;

/**
 * The threads that answer requests. Threads that a slow client can hold are separate from the others.
 *
 * @param requests  for handlers, which wait for Kafka but never for a client
 * @param uploads   for handlers that read a form while it arrives
 * @param downloads for bodies that are sent while they are produced. Each reader of results takes some megabytes
 * @param live      for bodies that go on until the client leaves
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
