package io.github.genaistreams.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The SHA-256 hash of a content, and the reference made from it. */
final class ContentHash {

    private static final String PREFIX = "sha256/";

    private ContentHash() {}

    /** A reference from a hash. */
    static String reference(String hash) {
        return PREFIX + hash;
    }

    /** The hash of a reference. */
    static String in(String reference) {
        return reference.substring(PREFIX.length());
    }

    /** The hash of a file's content. */
    static String of(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return of(digest);
    }

    /** Writes a content to a file, and returns its hash. */
    static String copy(InputStream content, Path to) throws IOException {
        try (OutputStream out = Files.newOutputStream(to)) {
            return copy(content, out);
        }
    }

    /** The same for an open stream, which it closes. */
    static String copy(InputStream content, OutputStream to) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(content, digest)) {
            in.transferTo(to);
        }
        return of(digest);
    }

    static String of(byte[] content) {
        return HexFormat.of().formatHex(sha256().digest(content));
    }

    /** The hash of the digested content. */
    private static String of(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
