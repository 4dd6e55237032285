package io.github.genaistreams;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Certificates of an authority of their own, as PEM files in a directory that the test deletes. */
public final class TestCertificates {

    private final Path directory;
    private final X509Bundle authority;

    /**
     * A certificate with its key.
     *
     * @param certificate PEM, followed by that of its authority
     * @param key         PEM, PKCS #8
     */
    public record Identity(Path certificate, Path key) {}

    /** @param name of the authority, and of its file */
    public TestCertificates(Path directory, String name) {
        this.directory = directory;
        try {
            authority = new CertificateBuilder()
                    .subject("CN=" + name)
                    .ecp256()
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The authority's certificate, to be trusted. */
    public Path trusted() {
        return write("authority.pem", authority.getCertificatePEM());
    }

    /** Of a server on this machine. */
    public Identity server() {
        return issue(
                "server", new CertificateBuilder().addSanDnsName("localhost").addSanIpAddress("127.0.0.1"));
    }

    public Identity issue(String name, CertificateBuilder certificate) {
        try {
            X509Bundle issued = certificate.subject("CN=" + name).ecp256().buildIssuedBy(authority);
            return new Identity(
                    write(name + ".pem", issued.getCertificatePathPEM()),
                    write(name + ".key", issued.getPrivateKeyPEM()));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
