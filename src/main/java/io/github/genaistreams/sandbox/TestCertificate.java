package io.github.genaistreams.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A key and a self-signed certificate for 127.0.0.1 and localhost, made by the JDK's keytool, since Java has no public
 * API that signs certificates. Both live in a temporary directory until {@link #close}.
 */
final class TestCertificate implements AutoCloseable {

    private static final String ALIAS = "sandbox";

    private final Path directory;
    private final String password = UUID.randomUUID().toString();

    private TestCertificate() throws IOException {
        directory = Files.createTempDirectory("genai-sandbox-");
    }

    static TestCertificate create() {
        try {
            var certificate = new TestCertificate();
            try {
                certificate.generate();
                return certificate;
            } catch (Exception e) {
                certificate.close();
                throw e;
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("The sandbox could not make its TLS certificate: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while making the sandbox's TLS certificate", e);
        }
    }

    private void generate() throws IOException, InterruptedException, GeneralSecurityException {
        var keytool = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                keyStore().toString(),
                "-storepass:env",
                "STORE_PASSWORD");
        keytool.environment().put("STORE_PASSWORD", password);
        keytool.redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile());
        Process process = keytool.start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("keytool failed: " + Files.readString(directory.resolve("keytool.log")));
        }
        byte[] der = KeyStore.getInstance(keyStore().toFile(), password.toCharArray())
                .getCertificate(ALIAS)
                .getEncoded();
        Files.writeString(
                trusted(),
                "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
                        .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)));
    }

    /** PKCS #12. */
    Path keyStore() {
        return directory.resolve("sandbox.p12");
    }

    String password() {
        return password;
    }

    /** The certificate in PEM, for a client's list of trusted ones. */
    Path trusted() {
        return directory.resolve("sandbox.pem");
    }

    @Override
    public void close() {
        TemporaryDirectory.delete(directory);
    }
}
