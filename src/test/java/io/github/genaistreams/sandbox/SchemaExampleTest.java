package io.github.genaistreams.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaExampleTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'object','properties':{'name':{'type':'string','minLength':40,'maxLength':42}},'required':['name'],'additionalProperties':false}",
                "{'type':'array','items':{'type':'integer','minimum':3,'maximum':5},'minItems':4,'maxItems':6}",
                "{'type':'array','items':{'type':'string'},'maxItems':0}",
                "{'type':'number','minimum':0.5,'maximum':0.503}",
                "{'type':'number','exclusiveMinimum':0,'exclusiveMaximum':1}",
                "{'type':'integer','maximum':-7}",
                "{'type':'integer','multipleOf':5,'minimum':11,'maximum':19}",
                "{'type':'boolean'}",
                "{'enum':['red','green',3,null]}",
                "{'const':{'a':[1]}}",
                "{'type':['string','null'],'maxLength':3}",
                "{'type':['null','integer']}",
                "{'anyOf':[{'type':'string','format':'date-time'},{'type':'null'}]}",
                "{'type':'string','format':'uuid'}",
                "{'type':'string','format':'email'}",
                "{'oneOf':[{'$ref':'#/$defs/a'},{'type':'integer'}],'$defs':{'a':{'type':'string','enum':['x']}}}",
                "{'allOf':[{'type':'object','properties':{'a':{'type':'integer'}},'required':['a']},{'properties':{'b':{'type':'boolean'}},'required':['b']}]}",
                "{'type':'object','properties':{'value':{'type':'integer'},'next':{'anyOf':[{'$ref':'#'},{'type':'null'}]}},'required':['value','next'],'additionalProperties':false}",
                "{'$ref':'#/$defs/node','$defs':{'node':{'type':'object','properties':{'kids':{'type':'array','items':{'$ref':'#/$defs/node'}}},'required':['kids'],'additionalProperties':false}}}",
                "{'type':'object','properties':{'self':{'$ref':'#'}}}",
            })
    void isValidUnderItsSchema(String schemaText) throws Exception {
        JsonNode schema = JSON.readTree(schemaText.replace('\'', '"'));
        for (int seed = 0; seed < 200; seed++) {
            JsonNode value = SchemaExample.of(schema, new SplittableRandom(seed));
            assertThat(isValid(schema, value, schema))
                    .as("%s under %s", value, schema)
                    .isTrue();
            assertThat(SchemaExample.of(schema, new SplittableRandom(seed))).isEqualTo(value);
        }
    }

    /** The keywords used above, checked the plain way. */
    private static boolean isValid(JsonNode schema, JsonNode value, JsonNode root) {
        if (schema.has("$ref") && !isValid(root.at(schema.get("$ref").asText().substring(1)), value, root)) {
            return false;
        }
        if (schema.has("const") && !schema.get("const").equals(value)) {
            return false;
        }
        if (schema.has("enum") && schema.get("enum").valueStream().noneMatch(value::equals)) {
            return false;
        }
        if (schema.has("anyOf") && schema.get("anyOf").valueStream().noneMatch(each -> isValid(each, value, root))) {
            return false;
        }
        if (schema.has("oneOf")
                && schema.get("oneOf")
                                .valueStream()
                                .filter(each -> isValid(each, value, root))
                                .count()
                        != 1) {
            return false;
        }
        if (schema.has("allOf") && !schema.get("allOf").valueStream().allMatch(each -> isValid(each, value, root))) {
            return false;
        }
        JsonNode type = schema.path("type");
        if (type.isTextual() && !isOf(type.textValue(), value)) {
            return false;
        }
        if (type.isArray() && type.valueStream().noneMatch(each -> isOf(each.textValue(), value))) {
            return false;
        }
        if (value.isNumber()) {
            double number = value.doubleValue();
            double step = schema.path("multipleOf").asDouble(0);
            return number >= schema.path("minimum").asDouble(-1e18)
                    && number <= schema.path("maximum").asDouble(1e18)
                    && number > schema.path("exclusiveMinimum").asDouble(-1e18)
                    && number < schema.path("exclusiveMaximum").asDouble(1e18)
                    && (step == 0 || number % step == 0);
        }
        if (value.isTextual()) {
            String text = value.textValue();
            return text.length() >= schema.path("minLength").asInt(0)
                    && text.length() <= schema.path("maxLength").asInt(Integer.MAX_VALUE)
                    && text.matches(
                            switch (schema.path("format").asText()) {
                                case "date-time" -> "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";
                                case "uuid" -> "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
                                case "email" -> "[a-z]+@example\\.com";
                                default -> "(?s).*";
                            });
        }
        if (value.isArray()) {
            return value.size() >= schema.path("minItems").asInt(0)
                    && value.size() <= schema.path("maxItems").asInt(Integer.MAX_VALUE)
                    && value.valueStream().allMatch(each -> isValid(schema.path("items"), each, root));
        }
        if (value.isObject()) {
            boolean closed = schema.has("additionalProperties")
                    && !schema.get("additionalProperties").asBoolean();
            return schema.path("required").valueStream().allMatch(name -> value.has(name.asText()))
                    && value.propertyStream()
                            .allMatch(field -> schema.path("properties").has(field.getKey())
                                    ? isValid(schema.get("properties").get(field.getKey()), field.getValue(), root)
                                    : !closed);
        }
        return true;
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            default -> value.isNull();
        };
    }
}
