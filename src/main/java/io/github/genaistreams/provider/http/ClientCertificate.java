package io.github.genaistreams.provider.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.X509KeyManager;

/**
 * A client certificate with its key. Read when a client is created: a renewed certificate is used after a restart.
 *
 * @param certificate PEM file with the certificate, followed by its chain
 * @param key         PEM file with its key, not encrypted
 */
public record ClientCertificate(Path certificate, Path key) {

    private static final byte[] PROBE = {1, 2, 3};

    /** Why it cannot be used: the file and its problem. Empty if it can be used. */
    public Optional<String> flaw() {
        try {
            Optional<String> unread = HttpFlaws.certificates(certificate);
            if (unread.isPresent()) {
                return Optional.of("the certificate " + unread.get());
            }
            X509Certificate own = own();
            own.checkValidity();
            return isPair(privateKey(own.getPublicKey().getAlgorithm()), own)
                    ? Optional.empty()
                    : Optional.of("the key does not belong to the certificate: " + key + ", " + certificate);
        } catch (CertificateExpiredException e) {
            return Optional.of("the certificate has expired: " + certificate + " (" + e.getMessage() + ")");
        } catch (CertificateNotYetValidException e) {
            return Optional.of("the certificate is not valid yet: " + certificate + " (" + e.getMessage() + ")");
        } catch (IOException e) {
            return Optional.of(
                    "the key cannot be read: " + key + " (" + e.getClass().getSimpleName() + ")");
        } catch (Exception e) {
            // Not the exception's message: it may quote the file.
            return Optional.of("the key file must be a PEM file with the unencrypted RSA or EC key of the"
                    + " certificate: " + key);
        }
    }

    PemKeyCertOptions options() throws IOException {
        return new PemKeyCertOptions().addCertValue(read(certificate)).addKeyValue(read(key));
    }

    private X509Certificate own() throws IOException, CertificateException {
        try (InputStream in = Files.newInputStream(certificate)) {
            // The first certificate; the others are its chain.
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .iterator()
                    .next();
        }
    }

    private PrivateKey privateKey(String algorithm) throws Exception {
        // A Vertx is needed only to read files. These options are in memory, so null is enough.
        var keys = (X509KeyManager) options().getKeyManagerFactory(null).getKeyManagers()[0];
        return keys.getPrivateKey(keys.getClientAliases(algorithm, null)[0]);
    }

    private static boolean isPair(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        Signature signature =
                Signature.getInstance(key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
        signature.initSign(key);
        signature.update(PROBE);
        byte[] signed = signature.sign();
        signature.initVerify(certificate.getPublicKey());
        signature.update(PROBE);
        return signature.verify(signed);
    }

    private static Buffer read(Path file) throws IOException {
        return Buffer.buffer(Files.readAllBytes(file));
    }
}
