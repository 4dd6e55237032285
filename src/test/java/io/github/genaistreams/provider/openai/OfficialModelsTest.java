package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.core.ObjectMappers;
import com.openai.models.responses.ResponseCreateParams;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What we send is what OpenAI's own library knows: read into its models and written again, nothing is lost or left over. */
class OfficialModelsTest {

    /** The library has a method of its own for streams, and sends the field from there. */
    private static final String STREAM = "stream";

    /** Objects whose names are the user's. */
    private static final Set<String> FREE =
            Set.of("$Metadata", "$Schema", "$Parameters", "$Variables", "ToolChoiceAllowed$Tool");

    private static final JsonMapper OFFICIAL = ObjectMappers.jsonMapper();

    static Stream<Arguments> parameters() {
        return Parameters.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("parameters")
    void knowEachParameter(String name, ResponsesRequest request, JsonNode adds) throws Exception {
        assertKnown(ResponsesBody.of(request));
    }

    static Stream<Arguments> examples() {
        return ReadmeExamplesTest.examples();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    void knowEachExample(String name, String record, String body) throws Exception {
        for (ResponsesRequest request : ReadmeExamplesTest.requests(record)) {
            assertKnown(ResponsesBody.of(request));
        }
    }

    @Test
    void knowToolsAndChoicesThatCameInTheChatSpelling() throws Exception {
        assertKnown(ResponsesBody.of(Parameters.least()
                .tools(Parameters.json(
                        "[{'type':'function','function':{'name':'f'}},{'type':'custom','custom':{'name':'c',"
                                + "'format':{'type':'grammar','grammar':{'syntax':'lark','definition':'x'}}}}]"))
                .toolChoice(Parameters.json("{'type':'allowed_tools','allowed_tools':{'mode':'auto',"
                        + "'tools':[{'type':'function','function':{'name':'f'}}]}}"))
                .build()));
    }

    @Test
    void knowTheHintInInputItems() throws Exception {
        assertKnown(ResponsesBody.of(Parameters.least()
                .userPrompt(UserPrompt.of(Parameters.json(
                        "[{'role':'user','content':[{'type':'input_image','file_id':'f','detail':'auto'}]}]")))
                .responseFormat(Parameters.json("{'type':'json_object'}"))
                .build()));
    }

    @Test
    void aFieldTheyDoNotKnowWouldBeSeen() throws Exception {
        var read = OFFICIAL.readValue(
                "{\"model\":\"m\",\"input\":\"Hi\",\"reasoning\":{\"efort\":\"low\"},\"colour\":1}",
                ResponseCreateParams.Body.class);

        assertThat(leftOver(read)).containsExactlyInAnyOrder("Body.colour", "Reasoning.efort");
    }

    private static void assertKnown(JsonNode body) throws Exception {
        var read = OFFICIAL.readValue(body.toString(), ResponseCreateParams.Body.class);

        // A word that is new to the library is not known to it; that is why it is sent as it is.
        if (!body.toString().contains("brand_new")) {
            read.validate();
        }
        assertThat(leftOver(read)).isEmpty();
        assertThat(JsonMapper.builder().build().readTree(OFFICIAL.writeValueAsString(read)))
                .isEqualTo(JsonMapper.builder().build().readTree(body.toString()));
    }

    /** Fields that ended up in no property of a model, anywhere within. */
    private static List<String> leftOver(Object model) throws IllegalAccessException {
        var names = new ArrayList<String>();
        collect(model, names);
        return names;
    }

    private static void collect(Object value, List<String> names) throws IllegalAccessException {
        if (value instanceof Collection<?> many) {
            for (Object one : many) {
                collect(one, names);
            }
            return;
        }
        if (value == null
                || value instanceof Enum
                || !value.getClass().getName().startsWith("com.openai.")
                || FREE.stream().anyMatch(value.getClass().getName()::endsWith)) {
            return;
        }
        for (Field field : value.getClass().getDeclaredFields()) {
            // A union keeps the JSON it was read from, too.
            if (Modifier.isStatic(field.getModifiers()) || field.getName().equals("_json")) {
                continue;
            }
            field.setAccessible(true);
            Object content = field.get(value);
            if (field.getName().equals("additionalProperties")) {
                ((Map<?, ?>) content)
                        .keySet().stream()
                                .filter(name -> !name.equals(STREAM))
                                .map(name -> value.getClass().getSimpleName() + "." + name)
                                .forEach(names::add);
            } else {
                collect(content, names);
            }
        }
    }
}
