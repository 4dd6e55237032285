package io.github.genaistreams.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageRangeTest {

    @ParameterizedTest
    @CsvSource(nullValues = "-", delimiter = '|', textBlock = """
            3          | 3    | -      | 3
            -          | -    | -      | 1
            10         | 4    | -      | 4
            10         | -    | 0      | 1
            100        | -    | 0,5-10,20 | 8
            -          | -    | 0-99   | 100
            7          | -    | 0-99   | 7
            -          | 5    | 0-99   | 100
            50         | 5    | 0-99   | 50
            -          | -    | rubbish | 1
            -3         | -    | -      | 1
            """)
    void aDocumentCountsWithThePagesThatWillBeConverted(Integer expected, Integer max, String range, int pages) {
        var request = DocumentRequest.builder()
                .expectedPages(expected)
                .maxPages(max)
                .pageRange(range)
                .buildUnchecked();

        assertThat(request.pages()).isEqualTo(pages);
    }
}
