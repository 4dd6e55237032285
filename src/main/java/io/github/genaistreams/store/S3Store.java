package io.github.genaistreams.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A store in a bucket of S3 or of a compatible server. Fetched content is in a temporary file, so that a document is
 * never completely in memory. Content that is put again after a day is written again, so that a lifecycle rule that
 * deletes by age does not delete content in use.
 *
 * <p>The AWS SDK finds the keys: {@code AWS_ACCESS_KEY_ID} and {@code AWS_SECRET_ACCESS_KEY}, a profile, or the role of
 * the machine.
 *
 * <p>Needs {@code software.amazon.awssdk:s3} and {@code software.amazon.awssdk:url-connection-client} on the class
 * path.
 */
public final class S3Store implements DocumentStore {

    private static final Duration FRESH = Duration.ofDays(1);
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(60);
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    private final Place place;
    private final S3Client s3;
    private final TemporaryFiles copies = TemporaryFiles.inSystemDirectory();

    /**
     * The place of the objects.
     *
     * @param bucket   exists already
     * @param prefix   prefix of every object's key; empty, or ends with a slash
     * @param endpoint address of a server other than AWS; bucket names are then part of the path
     * @param region   the region that the SDK finds, if unset
     */
    public record Place(
            String bucket,
            String prefix,
            @Nullable URI endpoint,
            @Nullable String region) {

        private static final String SCHEME = "s3://";

        /**
         * @throws IllegalArgumentException if it contains a user or a password, which would appear wherever the address
         *     is printed
         */
        public Place {
            if (bucket.contains("@")
                    || endpoint != null
                            && String.valueOf(endpoint.getRawAuthority()).contains("@")) {
                throw new IllegalArgumentException(
                        "the address of a bucket must not contain a user or password: provide the keys in a way that"
                                + " the AWS SDK supports");
            }
        }

        /**
         * Parses {@code s3://bucket/prefix}; empty for any other text, which may be a directory.
         *
         * @throws IllegalArgumentException if it has no bucket
         */
        public static Optional<Place> parse(String text, @Nullable URI endpoint, @Nullable String region) {
            if (!text.startsWith(SCHEME)) {
                return Optional.empty();
            }
            String rest = text.substring(SCHEME.length());
            int slash = rest.indexOf('/');
            String bucket = slash < 0 ? rest : rest.substring(0, slash);
            if (bucket.isEmpty()) {
                throw new IllegalArgumentException("the bucket is missing: use s3://BUCKET/PREFIX, not " + text);
            }
            String prefix = slash < 0 ? "" : rest.substring(slash + 1);
            return Optional.of(new Place(
                    bucket, prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/", endpoint, region));
        }

        String key(String reference) {
            return prefix + reference;
        }

        @Override
        public String toString() {
            return SCHEME + bucket + "/" + prefix + (endpoint == null ? "" : " at " + endpoint);
        }
    }

    /** Does not connect yet. */
    public S3Store(Place place) {
        this.place = place;
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder().socketTimeout(SOCKET_TIMEOUT))
                // Servers other than AWS often support neither. The content's name is its checksum anyway.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
        if (place.endpoint() != null) {
            builder.endpointOverride(reach(place.endpoint(), builder)).forcePathStyle(true);
        }
        if (place.region() != null) {
            builder.region(Region.of(place.region()));
        } else if (place.endpoint() != null) {
            // Part of the signature; other servers accept any.
            builder.region(Region.US_EAST_1);
        }
        this.s3 = builder.build();
    }

    /**
     * The SDK needs a host that {@link URI} accepts, which has no underscore. It gets another host, and the request
     * gets its real one.
     */
    private static URI reach(URI endpoint, S3ClientBuilder builder) {
        if (endpoint.getHost() != null) {
            return endpoint;
        }
        String authority = endpoint.getRawAuthority();
        int colon = authority.lastIndexOf(':');
        String host = colon < 0 ? authority : authority.substring(0, colon);
        builder.overrideConfiguration(changes -> changes.addExecutionInterceptor(new ExecutionInterceptor() {
            @Override
            public SdkHttpRequest modifyHttpRequest(Context.ModifyHttpRequest request, ExecutionAttributes attributes) {
                return request.httpRequest().copy(changed -> changed.host(host));
            }
        }));
        return URI.create(endpoint.getScheme() + "://" + authority.replace('_', '-'));
    }

    @Override
    public String put(Path file) {
        try {
            return put(ContentHash.of(file), RequestBody.fromFile(file));
        } catch (IOException e) {
            throw new DocumentStoreException(
                    file + " cannot be read (" + e.getClass().getSimpleName() + ")", false, e);
        }
    }

    @Override
    public String put(byte[] content) {
        // Nobody changes it meanwhile, and the heap has no room for another copy of an answer.
        return put(
                ContentHash.of(content),
                RequestBody.fromContentProvider(
                        ContentStreamProvider.fromByteArrayUnsafe(content),
                        content.length,
                        "application/octet-stream"));
    }

    private String put(String hash, RequestBody content) {
        String reference = ContentHash.reference(hash);
        try {
            if (!isFresh(reference)) {
                s3.putObject(request -> request.bucket(place.bucket()).key(place.key(reference)), content);
            }
            return reference;
        } catch (SdkException e) {
            throw new DocumentStoreException(
                    "The document store " + place + " cannot store a document (" + reason(e)
                            + "): check that the bucket exists and that these credentials may write to it",
                    true,
                    e);
        }
    }

    private boolean isFresh(String reference) {
        try {
            Instant written = s3.headObject(
                            request -> request.bucket(place.bucket()).key(place.key(reference)))
                    .lastModified();
            return written != null && written.isAfter(Instant.now().minus(FRESH));
        } catch (S3Exception e) {
            // Without permission to list the bucket (s3:ListBucket), a missing key is reported as forbidden. Only a
            // write shows whether it is allowed.
            if (e.statusCode() == NOT_FOUND || e.statusCode() == FORBIDDEN) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public Fetched fetch(String reference) {
        if (!DocumentStore.isReference(reference)) {
            throw new DocumentStoreException("This is not a reference to a document in the store", false, null);
        }
        TemporaryFiles.Temporary copy = copies.create();
        try (ResponseInputStream<GetObjectResponse> in =
                s3.getObject(request -> request.bucket(place.bucket()).key(place.key(reference)))) {
            if (!ContentHash.in(reference).equals(copy.fill(in))) {
                throw new DocumentStoreException(
                        "The document store " + place + " has content that does not match " + reference
                                + ": delete it there and store the document again",
                        false,
                        null);
            }
            return copy;
        } catch (SdkException e) {
            copy.close();
            throw notFetched(reference, e);
        } catch (IOException e) {
            copy.close();
            throw new DocumentStoreException(
                    "The document store " + place + " cannot be read ("
                            + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
                    true,
                    e);
        } catch (RuntimeException e) {
            copy.close();
            throw e;
        }
    }

    private DocumentStoreException notFetched(String reference, SdkException e) {
        boolean missing = e instanceof NoSuchKeyException && !(e instanceof NoSuchBucketException);
        return new DocumentStoreException(
                missing
                        ? "The document store " + place + " has no " + reference
                                + ": store it again, and check that clients and workers use the same store"
                        : "The document store " + place + " cannot be read (" + reason(e) + ")",
                !missing,
                e);
    }

    private static String reason(SdkException e) {
        return e instanceof S3Exception s3 && s3.awsErrorDetails() != null
                ? "HTTP " + s3.statusCode() + " " + s3.awsErrorDetails().errorCode()
                : String.valueOf(e.getMessage());
    }

    @Override
    public void close() {
        s3.close();
        copies.close();
    }
}
