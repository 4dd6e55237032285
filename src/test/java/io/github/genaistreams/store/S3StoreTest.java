package io.github.genaistreams.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.github.genaistreams.S3Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3StoreTest {

    @TempDir
    static Path dir;

    private static S3Server server;
    private static S3Store store;

    @BeforeAll
    static void start() {
        server = S3Server.start(dir.resolve("s3"));
        store = server.store("docs/");
    }

    @AfterAll
    static void stop() {
        store.close();
        server.close();
    }

    @Test
    void givesBackWhatItWasGivenUnderTheHashOfItsContent() throws Exception {
        String reference = store.put("hello".getBytes(UTF_8));

        assertThat(reference).isEqualTo("sha256/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        try (DocumentStore.Fetched fetched = store.fetch(reference)) {
            assertThat(Files.readString(fetched.file())).isEqualTo("hello");
        }
    }

    @Test
    void takesFilesOfManyMegabytesAndLeavesNoCopyOfThem() throws Exception {
        byte[] content = new byte[20 << 20];
        new Random(1).nextBytes(content);
        Path file = Files.write(dir.resolve("large"), content);

        String reference = store.put(file);

        Path copy;
        try (DocumentStore.Fetched fetched = store.fetch(reference)) {
            copy = fetched.file();
            assertThat(Files.mismatch(copy, file)).isEqualTo(-1);
        }
        assertThat(copy).doesNotExist();
    }

    @Test
    void isTheSameStoreForEveryClientOfThePrefix() throws Exception {
        String reference = store.put("shared".getBytes(UTF_8));

        try (S3Store other = server.store("docs");
                DocumentStore.Fetched fetched = other.fetch(reference)) {
            assertThat(Files.readString(fetched.file())).isEqualTo("shared");
        }
        try (S3Store elsewhere = server.store("elsewhere/")) {
            assertThatThrownBy(() -> elsewhere.fetch(reference))
                    .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                            .isFalse())
                    .hasMessageContaining("has no " + reference)
                    .hasMessageContaining("same store");
        }
    }

    @Test
    void aReferenceCannotLeadOutOfThePrefix() {
        assertThatThrownBy(() -> store.fetch("sha256/../../secret"))
                .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                        .isFalse());
    }

    @Test
    void contentThatIsNotWhatItsNameSaysIsRefused() {
        String reference = "sha256/" + "0".repeat(64);
        server.put("docs/" + reference, "something else".getBytes(UTF_8));

        assertThatThrownBy(() -> store.fetch(reference)).hasMessageContaining("content that does not match");
    }

    @Test
    void anAddressWithAPasswordIsRefusedWithoutQuotingIt() {
        assertThatThrownBy(() -> new S3Store.Place("bucket", "", URI.create("http://user:hunter2@host"), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> S3Store.Place.parse("s3://user:hunter2@bucket/docs", null, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void aMissingBucketIsReportedAndTriedAgain() {
        try (S3Store missing = new S3Store(new S3Store.Place("no-such-bucket", "", server.endpoint(), "eu-west-1"))) {
            assertThatThrownBy(() -> missing.put("hello".getBytes(UTF_8)))
                    .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                            .isTrue())
                    .hasMessageContaining("s3://no-such-bucket/ at http://")
                    .hasMessageContaining("check that the bucket exists");
        }
    }

    @Test
    void takesDocumentsAlsoWhereItMayNotListTheBucket() throws Exception {
        var put = new java.util.concurrent.CopyOnWriteArrayList<String>();
        try (var place = new Policy(Set.of("PUT"), put);
                S3Store writer = place.store()) {
            assertThat(writer.put("hello".getBytes(UTF_8))).startsWith("sha256/2cf24dba");
        }
        assertThat(put).hasSize(1).allMatch(path -> path.startsWith("/bucket/docs/sha256/2cf24dba"));
    }

    @Test
    void aBucketWithoutWriteAccessIsReportedAndTriedAgain() throws Exception {
        try (var place = new Policy(Set.of(), new java.util.ArrayList<>());
                S3Store reader = place.store()) {
            assertThatThrownBy(() -> reader.put("hello".getBytes(UTF_8)))
                    .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                            .isTrue())
                    .hasMessageContaining("HTTP 403 AccessDenied")
                    .hasMessageContaining("may write to it");
        }
    }

    /** A bucket whose policy forbids everything but these methods, as AWS says it. */
    private static final class Policy implements AutoCloseable {

        private final HttpServer http;

        Policy(Set<String> allowed, List<String> put) throws IOException {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
            http.createContext("/", exchange -> {
                exchange.getRequestBody().readAllBytes();
                boolean isAllowed = allowed.contains(exchange.getRequestMethod());
                if (isAllowed) {
                    put.add(exchange.getRequestURI().getPath());
                }
                byte[] body = isAllowed || exchange.getRequestMethod().equals("HEAD")
                        ? new byte[0]
                        : "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>".getBytes(UTF_8);
                exchange.sendResponseHeaders(isAllowed ? 200 : 403, body.length == 0 ? -1 : body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            http.start();
        }

        S3Store store() {
            URI endpoint = URI.create("http://127.0.0.1:" + http.getAddress().getPort());
            return new S3Store(new S3Store.Place("bucket", "docs/", endpoint, null));
        }

        @Override
        public void close() {
            http.stop(0);
        }
    }

    @Test
    void aMissingServerIsTriedAgain() {
        URI nobody = URI.create("http://127.0.0.1:1");
        try (S3Store unreachable = new S3Store(new S3Store.Place("bucket", "", nobody, null))) {
            assertThatThrownBy(() -> unreachable.fetch("sha256/" + "0".repeat(64)))
                    .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                            .isTrue())
                    .hasMessageContaining("cannot be read");
        }
    }

    /** As containers have them. It is not there, and it is looked for. */
    @Test
    void aServerMayHaveAnUnderscoreInItsName() {
        URI nobody = URI.create("http://no_such_host.invalid:9000");
        try (S3Store unreachable = new S3Store(new S3Store.Place("bucket", "", nobody, null))) {
            assertThatThrownBy(() -> unreachable.fetch("sha256/" + "0".repeat(64)))
                    .isInstanceOf(DocumentStoreException.class)
                    .hasStackTraceContaining("UnknownHostException: no_such_host.invalid");
        }
    }

    @Test
    void aPlaceNeedsABucket() {
        assertThat(S3Store.Place.parse("/some/directory", null, null)).isEmpty();
        assertThat(S3Store.Place.parse("s3://bucket", null, null).orElseThrow().prefix())
                .isEmpty();
        assertThat(S3Store.Place.parse("s3://bucket/a/b", null, null)
                        .orElseThrow()
                        .prefix())
                .isEqualTo("a/b/");
        assertThatThrownBy(() -> S3Store.Place.parse("s3:///x", null, null)).hasMessageContaining("s3://BUCKET/PREFIX");
    }
}
