package io.github.genaistreams.client.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.store.DirectoryStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentRequestsTest {

    @TempDir
    Path dir;

    @Test
    void holdsNoDocumentButReadsALargeOneOnlyOnce() throws Exception {
        Path small = Files.writeString(dir.resolve("small.html"), "<p>");
        Path large = Files.write(dir.resolve("large.html"), new byte[2_000]);
        List<DocumentSource> sources = List.of(DocumentSource.of(small), DocumentSource.of(large));
        DocumentRequest common = DocumentRequest.builder().buildUnchecked();
        List<Integer> made = new ArrayList<>();

        try (var store = new DirectoryStore(dir.resolve("store"))) {
            var requests = new DocumentRequests(2, index -> {
                made.add(index);
                return sources.get(index).request(common, store, 1_000);
            });
            assertThat(requests).hasSize(2);
            assertThat(made).isEmpty();

            for (int pass = 0; pass < 2; pass++) {
                assertThat(requests.get(0).document().bytes()).isEqualTo("<p>".getBytes(UTF_8));
                assertThat(requests.get(1).documentRef()).startsWith("sha256/");
            }
        }
        assertThat(made).containsExactly(0, 1, 0);
    }
}
