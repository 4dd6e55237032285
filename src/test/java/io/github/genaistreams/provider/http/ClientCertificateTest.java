package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestCertificates;
import io.github.genaistreams.TestCertificates.Identity;
import io.netty.pkitesting.CertificateBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientCertificateTest {

    @TempDir
    Path dir;

    private TestCertificates certificates;
    private Identity good;

    @BeforeEach
    void issue() {
        certificates = new TestCertificates(dir, "authority");
        good = certificates.issue("good", new CertificateBuilder());
    }

    @Test
    void canBeUsed() {
        assertThat(flaw(good.certificate(), good.key())).isEmpty();
    }

    @Test
    void itsTimeIsLookedAt() {
        Identity late = certificates.issue(
                "late",
                new CertificateBuilder()
                        .notBefore(Instant.parse("2024-01-01T00:00:00Z"))
                        .notAfter(Instant.parse("2024-02-01T00:00:00Z")));
        Identity early = certificates.issue(
                "early",
                new CertificateBuilder()
                        .notBefore(Instant.parse("2124-01-01T00:00:00Z"))
                        .notAfter(Instant.parse("2124-02-01T00:00:00Z")));

        assertThat(flaw(late.certificate(), late.key()).orElseThrow())
                .contains("has expired", late.certificate().toString(), "2024");
        assertThat(flaw(early.certificate(), early.key()).orElseThrow())
                .contains("is not valid yet", early.certificate().toString(), "2124");
    }

    @Test
    void saysWhichFileIsWrong() throws IOException {
        Identity other = certificates.issue("other", new CertificateBuilder());
        Path encrypted = Files.writeString(
                dir.resolve("encrypted.key"),
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nczNjcjN0\n-----END ENCRYPTED PRIVATE KEY-----\n");
        Path nothing = dir.resolve("nothing");

        assertThat(flaw(good.certificate(), other.key()).orElseThrow())
                .contains("does not belong to the certificate", other.key().toString());
        assertThat(flaw(nothing, good.key()).orElseThrow()).contains("certificate cannot be read", nothing.toString());
        assertThat(flaw(good.certificate(), nothing).orElseThrow()).contains("key cannot be read", nothing.toString());
        assertThat(flaw(good.key(), good.key()).orElseThrow()).startsWith("the certificate ");
        for (Path noKey : new Path[] {encrypted, good.certificate()}) {
            assertThat(flaw(good.certificate(), noKey).orElseThrow())
                    .contains("unencrypted", noKey.toString())
                    .doesNotContain("czNjcjN0");
        }
    }

    private static Optional<String> flaw(Path certificate, Path key) {
        return new ClientCertificate(certificate, key).flaw();
    }
}
