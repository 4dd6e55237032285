package io.github.genaistreams.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A document API that answers with values that it should not: no thread ends of it, and every answer is its item's own. */
class HostileDocumentsTest {

    private static final Pattern INDEX = Pattern.compile("https://example.org/(\\d+)");
    private static final String LONG = "k".repeat(70_000);

    /** What is told of the job of each item in turn; {@code %d} is the item. */
    private static final List<String> ANSWERS = List.of(
            "{'status':'complete','html':'<p>%d</p>','page_count':1,'cost_breakdown':{'final_cost_cents':1}}",
            "{'status':'complete','html':'<p>%d</p>','page_count':-7,'cost_breakdown':{'final_cost_cents':-1}}",
            "{'status':'complete','html':'<p>%d</p>','page_count':1e400,'cost_breakdown':{'final_cost_cents':1e999999999}}",
            "{'status':'complete','html':'<p>%d</p>','page_count':'NaN','cost_breakdown':{'final_cost_cents':'NaN','x':1e-999999999}}",
            "{'status':'complete','html':'<p>%d</p>','cost_breakdown':{'final_cost_cents':99999999999999999999}}",
            "{'status':'complete','html':'<p>%d</p>','cost_breakdown':{'" + LONG + "':1," + figures() + "}}",
            "{'status':'complete','html':'<p>%d</p>','" + LONG + "':{'" + LONG + "':1},'request_id':'" + LONG + "'}",
            "{'status':'complete','html':'<p>%d</p>','cost_breakdown':[1,2],'page_count':{},'success':'yes','error':5}",
            "{'status':{'%d':1},'html':'no'}",
            "{'status':5,'success':'no','%d':[]}",
            "{'status':'failed','error':'" + "no ".repeat(300_000) + "','error_in':'" + "no ".repeat(30_000)
                    + "','request_id':'%d'}",
            "{'status':'failed','error':{'message':'%d'},'error_in':['VALIDATION']}",
            "{'status':'complete','result_url':{'%d':1}}");

    /** What a submission of each item in turn is answered with. */
    private static final List<String> JOBS = List.of(
            "{'success':true,'request_id':'%d','request_check_url':'/api/v1/marker/%d'}",
            "{'success':true,'request_id':%d,'request_check_url':5}",
            "{'success':{},'request_id':'%d','request_check_url':['/api/v1/marker/1']}",
            "{'request_id':'" + LONG + "','request_check_url':'/api/v1/marker/%d'}",
            "{'request_id':'%d','request_check_url':'/" + LONG + "'}");

    @TempDir
    Path dir;

    @Test
    void givesEachItemItsOwnAnswerWhateverTheApiAnswers() throws Exception {
        int items = ANSWERS.size() * JOBS.size();
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.setExecutor(threads);
        api.createContext("/", HostileDocumentsTest::answer);
        api.start();
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2)) {
            Map<String, String> settings = cluster.documentWorker(dir, items);
            settings.put(
                    GenAiConfig.DATALAB_API_URL,
                    "http://127.0.0.1:" + api.getAddress().getPort() + "/api/v1/marker");
            GenAiConfig config = new GenAiConfig(settings);
            List<DocumentRequest> requests = IntStream.range(0, items)
                    .mapToObj(index -> DocumentRequest.builder()
                            .fileUrl("https://example.org/" + index)
                            .pollIntervalSecs(1)
                            .maxPollAttempts(2)
                            .maxRetries(0)
                            .build())
                    .toList();
            List<CallResult> results = new ArrayList<>();
            try (Worker worker = Worker.start(config);
                    BatchClient client = new BatchClient(
                            Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()),
                            Topics.withDefaultPrefix(),
                            WireFormat.JSON,
                            config.documentStore())) {
                var batch = client.submitDocuments("hostile", requests, index -> Map.of());
                try (BatchResults reader = batch.results()) {
                    while (results.size() < items) {
                        results.add(reader.poll(Duration.ofSeconds(60)).orElseThrow());
                    }
                }
                Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> batch.status()
                        .filter(BatchStatus::isComplete)
                        .isPresent());
                assertThat(batch.status().orElseThrow().pages()).isEqualTo(JOBS.size());
                assertThat(worker.hasFailed()).isFalse();
            }
            for (CallResult result : results) {
                int kind = result.index() / JOBS.size();
                if (kind < 8) {
                    assertThat(result.success()).as("%s", result.error()).isTrue();
                    assertThat(DocumentContents.of(result)).isEqualTo("<p>" + result.index() + "</p>");
                } else if (ANSWERS.get(kind).contains("result_url")) {
                    assertThat(result.jsonResponse().path("result_url").has("" + result.index()))
                            .isTrue();
                } else {
                    assertThat(result.success()).isFalse();
                    assertThat(result.error().message()).hasSizeLessThan(3_000);
                }
            }
        } finally {
            api.stop(0);
            threads.shutdownNow();
        }
    }

    private static String figures() {
        return IntStream.range(0, 5_000).mapToObj(i -> "'f" + i + "':" + i).collect(Collectors.joining(","));
    }

    private static void answer(HttpExchange exchange) throws IOException {
        String asked = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        String answer;
        if (exchange.getRequestMethod().equals("POST")) {
            Matcher address = INDEX.matcher(asked);
            int index = address.find() ? Integer.parseInt(address.group(1)) : -1;
            answer = JOBS.get(index % JOBS.size()).replace("%d", "" + index);
        } else {
            String path = exchange.getRequestURI().getPath();
            int index = Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
            answer = ANSWERS.get(index / JOBS.size()).replace("%d", "" + index);
        }
        byte[] bytes = answer.replace('\'', '"').getBytes(UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
