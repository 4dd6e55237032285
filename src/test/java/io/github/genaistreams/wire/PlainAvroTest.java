package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.type.TypeFactory;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.model.UserPrompt;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that know only Avro and the schema files read what we write and write what we read. */
class PlainAvroTest {

    private static final PlainAvro REQUESTS = PlainAvro.with("responses-request");
    private static final PlainAvro RESULTS = PlainAvro.with("call-result");
    private static final PlainAvro RETRIES = PlainAvro.with("responses-retry");

    @Property(tries = 200)
    @Domain(WireArbitraries.class)
    void requestsPassBothWays(@ForAll ResponsesRequest request) {
        GenericRecord generic = REQUESTS.read(Codecs.RESPONSES_REQUEST.encode(request, WireFormat.AVRO));

        assertThat(generic.get("batch_id")).hasToString(request.batchId());
        assertThat(generic.get("index")).isEqualTo(request.index());
        assertThat(generic.get("temperature")).isEqualTo(request.temperature());
        assertThat(generic.get("store")).isEqualTo(request.store());
        assertThat(generic.get("user_prompt") instanceof List<?>)
                .isEqualTo(request.userPrompt() instanceof UserPrompt.Items);
        assertThat(Codecs.RESPONSES_REQUEST.decode(REQUESTS.write(generic))).isEqualTo(request);
    }

    @Property(tries = 200)
    @Domain(WireArbitraries.class)
    void resultsPassBothWays(@ForAll CallResult result) {
        GenericRecord generic = RESULTS.read(Codecs.CALL_RESULT.encode(result, WireFormat.AVRO));

        assertThat(generic.get("completed_at")).isEqualTo(result.completedAt().toEpochMilli());
        assertThat(generic.get("cost") == null).isEqualTo(result.cost() == null);
        assertThat(generic.get("usage") == null).isEqualTo(result.usage() == null);
        assertThat(Codecs.CALL_RESULT.decode(RESULTS.write(generic))).isEqualTo(result);
    }

    @Property(tries = 200)
    @Domain(WireArbitraries.class)
    void retriesPassBothWays(@ForAll RetryRecord<ResponsesRequest> retry) {
        GenericRecord generic = RETRIES.read(Codecs.RESPONSES_RETRY.encode(retry, WireFormat.AVRO));

        assertThat(generic.get("attempt")).isEqualTo(retry.attempt());
        assertThat(Codecs.RESPONSES_RETRY.decode(RETRIES.write(generic))).isEqualTo(retry);
    }

    @Test
    void aProducerNeedsOnlyTheRequiredFields() {
        GenericRecord generic = new GenericRecordBuilder(REQUESTS.schema())
                .set("batch_id", "b")
                .set("index", 3)
                .set("model", "m")
                .set("user_prompt", "p")
                .build();

        assertThat(Codecs.RESPONSES_REQUEST.decode(REQUESTS.write(generic)))
                .isEqualTo(ResponsesRequest.builder()
                        .batchId("b")
                        .index(3)
                        .model("m")
                        .userPrompt("p")
                        .build());
    }

    @Test
    void aProducerWritesItemsAndMapsAsAvroHasThem() {
        GenericRecord generic = new GenericRecordBuilder(REQUESTS.schema())
                .set("batch_id", "b")
                .set("index", 3)
                .set("model", "m")
                .set("user_prompt", List.of("{\"role\":\"user\",\"content\":\"p\"}"))
                .set("include", List.of("file_search_call.results"))
                .set("metadata", Map.of("a", "b"))
                .set("conversation", "conv_1")
                .build();

        ResponsesRequest request = Codecs.RESPONSES_REQUEST.decode(REQUESTS.write(generic));

        assertThat(((UserPrompt.Items) request.userPrompt()).items())
                .extracting(item -> item.path("content").textValue())
                .containsExactly("p");
        assertThat(request.include()).containsExactly("file_search_call.results");
        assertThat(request.metadata()).isEqualTo(Map.of("a", "b"));
        assertThat(request.conversation().textValue()).isEqualTo("conv_1");
    }

    @Test
    void aRecordOfAnEarlierSchemaIsReadWithTheDefaultsOfTheCurrentOne() {
        Schema older = SchemaBuilder.record("ResponsesRequest")
                .namespace("io.github.genaistreams")
                .fields()
                .requiredString("user_prompt")
                .requiredString("batch_id")
                .requiredInt("index")
                .requiredString("model")
                .optionalString("since_removed")
                .endRecord();
        Schema current = REQUESTS.schema();
        var schemas = new RecordSchema(
                current, Map.of(RecordSchema.fingerprint(current), current, RecordSchema.fingerprint(older), older));
        var codec = new Codec<ResponsesRequest>(
                TypeFactory.defaultInstance().constructType(ResponsesRequest.class), schemas);
        var generic = new GenericData.Record(older);
        generic.put("user_prompt", "p");
        generic.put("batch_id", "b");
        generic.put("index", 3);
        generic.put("model", "m");
        generic.put("since_removed", "x");

        assertThat(codec.decode(new PlainAvro(older).write(generic)))
                .isEqualTo(ResponsesRequest.builder()
                        .batchId("b")
                        .index(3)
                        .model("m")
                        .userPrompt("p")
                        .build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"responses-request.v1", "documents-request.v2"})
    void aRequestWithoutABoundOfItsBatchIsRead(String version) throws Exception {
        Schema before = new Schema.Parser()
                .parse(java.nio.file.Path.of("schemas", "older", version + ".avsc")
                        .toFile());
        var generic = new GenericData.Record(before);
        generic.put("batch_id", "b");
        generic.put("index", 3);
        boolean isOfResponses = version.startsWith("responses");
        if (isOfResponses) {
            generic.put("model", "m");
            generic.put("user_prompt", "p");
        }
        byte[] bytes = new PlainAvro(before).write(generic);

        ApiRequest request =
                isOfResponses ? Codecs.RESPONSES_REQUEST.decode(bytes) : Codecs.DOCUMENT_REQUEST.decode(bytes);
        assertThat(request.key()).isEqualTo(new ItemKey("b", 3));
        assertThat(request.maxConcurrentRequests()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2"})
    void aDocumentOfAnEarlierVersionIsRead(String version) throws Exception {
        Schema first = new Schema.Parser()
                .parse(java.nio.file.Path.of("schemas", "older", "documents-request." + version + ".avsc")
                        .toFile());
        var generic = new GenericData.Record(first);
        generic.put("batch_id", "b");
        generic.put("index", 3);
        generic.put("file_url", "https://example.org/a.pdf");
        generic.put("token_efficient_markdown", true);
        generic.put("credential", "team-a");

        assertThat(Codecs.DOCUMENT_REQUEST.decode(new PlainAvro(first).write(generic)))
                .isEqualTo(DocumentRequest.builder()
                        .batchId("b")
                        .index(3)
                        .fileUrl("https://example.org/a.pdf")
                        .tokenEfficientMarkdown(true)
                        .credential("team-a")
                        .build());
    }

    @Test
    void aStatusOfTheFirstVersionIsRead() throws Exception {
        Schema first = new Schema.Parser()
                .parse(java.nio.file.Path.of("schemas", "older", "batch-status.v1.avsc")
                        .toFile());
        var usage = new GenericData.Record(first.getField("usage").schema());
        usage.put("input_tokens", 1L);
        usage.put("input_tokens_details", Map.of());
        usage.put("output_tokens", 2L);
        usage.put("output_tokens_details", Map.of());
        usage.put("total_tokens", 3L);
        var generic = new GenericData.Record(first);
        generic.put("batch_id", "b");
        generic.put("api", "documents");
        generic.put("state", new GenericData.EnumSymbol(first.getField("state").schema(), "RUNNING"));
        generic.put("succeeded", 1);
        generic.put("failed", 0);
        generic.put("failures", Map.of());
        for (String zero : List.of("duplicates", "replaced", "attempts", "pages", "cost_micros", "cost_unknown")) {
            generic.put(zero, 0L);
        }
        generic.put("usage", usage);
        generic.put("cost", "0.5");
        for (String time : List.of("submitted_at", "first_result_at", "last_result_at")) {
            generic.put(time, 5_000L);
        }

        BatchStatus status = Codecs.BATCH_STATUS.decode(new PlainAvro(first).write(generic));

        assertThat(status.cost()).isEqualByComparingTo("0.5");
        assertThat(status.possibleDuplicates()).isZero();
        String json = new String(Codecs.BATCH_STATUS.encode(status, WireFormat.JSON), UTF_8);
        String earlier = json.replace("\"possible_duplicates\":0,", "");
        assertThat(earlier).hasSizeLessThan(json.length());
        assertThat(Codecs.BATCH_STATUS.decode(earlier.getBytes(UTF_8))).isEqualTo(status);
    }
}
