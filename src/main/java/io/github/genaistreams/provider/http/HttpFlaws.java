package io.github.genaistreams.provider.http;

import io.github.genaistreams.model.HostPort;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Optional;

/** Why an HTTP setting cannot be used. Each text continues a sentence that begins with the setting's name. */
public final class HttpFlaws {

    private HttpFlaws() {}

    /** Why an API cannot have this address. Does not quote it: it may contain a password. Empty if it can. */
    public static Optional<String> url(URI url) {
        String scheme = url.getScheme();
        if (!"https".equalsIgnoreCase(scheme) && !"http".equalsIgnoreCase(scheme)) {
            return Optional.of("must start with https:// or http://");
        }
        if (HostPort.hasUser(url)) {
            return Optional.of("must not contain a user or password; the key has its own setting");
        }
        Optional<HostPort> place = HostPort.of(url);
        if (place.isEmpty()) {
            return Optional.of("has no valid host name");
        }
        if (place.get().port() == 0 || place.get().port() > 65_535) {
            return Optional.of("has no valid port: use a number from 1 to 65535");
        }
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            return Optional.of("must end with its path, without ? or #");
        }
        return Optional.empty();
    }

    /** Why an HTTP header cannot have this value. Does not quote it. Empty if it can. */
    public static Optional<String> header(String value) {
        return value.chars().allMatch(c -> c >= ' ' && c <= '~')
                ? Optional.empty()
                : Optional.of("has a line break or non-ASCII character, which is not allowed in an HTTP header");
    }

    /**
     * Why this file's certificates cannot be read. Empty if they can.
     *
     * @param pem file with certificates
     */
    public static Optional<String> certificates(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            return CertificateFactory.getInstance("X.509")
                            .generateCertificates(in)
                            .isEmpty()
                    ? Optional.of("contains no certificate: " + pem)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of("cannot be read: " + pem + " (" + e.getClass().getSimpleName() + ")");
        } catch (CertificateException e) {
            return Optional.of("is not a PEM file with certificates: " + pem);
        }
    }
}
