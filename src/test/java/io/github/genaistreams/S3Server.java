package io.github.genaistreams;

import com.robothy.s3.rest.LocalS3;
import com.robothy.s3.rest.bootstrap.LocalS3Mode;
import io.github.genaistreams.store.S3Store;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** An S3 server on this machine, with one bucket, kept in a directory. The SDK finds its keys as system properties. */
public final class S3Server implements AutoCloseable {

    private static final String BUCKET = "documents";
    private static final String KEY_ID = "aws.accessKeyId";
    private static final String SECRET = "aws.secretAccessKey";

    private final LocalS3 server;
    private final S3Client admin;

    private S3Server(LocalS3 server) {
        this.server = server;
        this.admin = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .endpointOverride(endpoint())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .build();
        System.setProperty(KEY_ID, "test");
        System.setProperty(SECRET, "test");
    }

    public static S3Server start(Path directory) {
        LocalS3 server = LocalS3.builder()
                .port(-1)
                .mode(LocalS3Mode.PERSISTENCE)
                .dataPath(directory.toString())
                .build();
        server.start();
        S3Server started = new S3Server(server);
        started.admin.createBucket(request -> request.bucket(BUCKET));
        return started;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getPort());
    }

    public S3Store store(String prefix) {
        return new S3Store(S3Store.Place.parse("s3://" + BUCKET + "/" + prefix, endpoint(), null)
                .orElseThrow());
    }

    /** Settings of a worker that uses it. */
    public Map<String, String> settings() {
        return Map.of(
                "document.store",
                "s3://" + BUCKET + "/docs",
                "document.store.endpoint",
                endpoint().toString());
    }

    public void put(String key, byte[] content) {
        admin.putObject(request -> request.bucket(BUCKET).key(key), RequestBody.fromBytes(content));
    }

    @Override
    public void close() {
        System.clearProperty(KEY_ID);
        System.clearProperty(SECRET);
        admin.close();
        server.shutdown();
    }
}
