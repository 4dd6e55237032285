package io.github.genaistreams.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.provider.openai.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaCheckTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'text'} | at /type must be",
                "{'type':[]} | at /type must be",
                "{'type':['string','text']} | at /type must contain only JSON types",
                "{'properties':[]} | at /properties must be an object of schemas",
                "{'properties':{'a':7}} | at /properties/a must be an object, or true or false",
                "{'properties':{'a/b~':{'type':'x'}}} | at /properties/a~1b~0/type must be",
                "{'items':'string'} | at /items must be an object",
                "{'items':{'enum':[]}} | at /items/enum must be a list",
                "{'enum':'a'} | at /enum must be a list",
                "{'required':'a'} | at /required must be a list",
                "{'required':['a',7]} | at /required/1 must be the name of a property",
                "{'required':['a','a']} | at /required/1 appears twice",
                "{'anyOf':[]} | at /anyOf must be a list",
                "{'oneOf':{}} | at /oneOf must be a list",
                "{'anyOf':[{},{'type':'x'}]} | at /anyOf/1/type must be",
                "{'additionalProperties':'no'} | at /additionalProperties must be an object",
                "{'$ref':7} | at /$ref must be a string",
                "{'$ref':'#/$defs/a','$defs':{'b':{}}} | at /$ref does not point to anything",
                "{'$ref':'#nowhere'} | at /$ref points outside the schema, or to nothing",
                "{'$ref':'https://example.com/s.json'} | at /$ref points outside the schema",
                "{'$ref':'other.json'} | at /$ref points outside the schema",
                "{'pattern':'(['} | at /pattern must be a regular expression",
                "{'pattern':7} | at /pattern must be a regular expression",
                "{'patternProperties':{'(':{}}} | at /patternProperties/( must be a regular expression",
                "{'patternProperties':{'a':{'type':'x'}}} | at /patternProperties/a/type must be",
                "{'minLength':'1'} | at /minLength must be a whole number",
                "{'maxItems':-1} | at /maxItems must be a whole number",
                "{'maxItems':1.5} | at /maxItems must be a whole number",
                "{'minimum':'0'} | at /minimum must be a number",
                "{'format':{}} | at /format must be a string",
                "{'$defs':{'b':{'type':'x'}}} | at /$defs/b/type must be",
            })
    void saysWhereASchemaIsInvalid(String schema, String message) {
        assertThat(SchemaCheck.firstProblem("f", Parameters.json(schema), false))
                .hasValueSatisfying(error -> {
                    assertThat(error.param()).isEqualTo("f");
                    assertThat(error.message()).startsWith("f " + message);
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | must have the type object",
                "{'type':'array','items':{}} | must have the type object",
                "{'anyOf':[{'type':'object'}]} | must have the type object",
                "{'type':'object'} | must set additionalProperties to false",
                "{'type':'object','additionalProperties':true} | must set additionalProperties to false",
                "{'type':'object','additionalProperties':{}} | must set additionalProperties to false",
                "{'type':'object','additionalProperties':false,'properties':{'a':{},'b':{}},'required':['a']}"
                        + "| at /properties/b must be in the list of required properties",
                "{'type':'object','additionalProperties':false,'properties':{'a':{}}}"
                        + "| at /properties/a must be in the list",
                "{'type':'object','additionalProperties':false,'properties':{'a':{}},'required':['a','c']}| at"
                        + " /required must name only properties of this object",
                "{'type':'object','additionalProperties':false,'required':['a'],"
                        + "'properties':{'a':{'type':'array','items':{'type':['object','null']}}}}"
                        + "| at /properties/a/items must set additionalProperties",
                "{'type':'object','additionalProperties':false,'required':['a'],"
                        + "'properties':{'a':{'anyOf':[{'type':'null'},{'properties':{}}]}}}"
                        + "| at /properties/a/anyOf/1 must set additionalProperties",
                "{'type':'object','additionalProperties':false,'$defs':{'d':{'type':'object'}}}"
                        + "| at /$defs/d must set additionalProperties",
            })
    void saysWhereAStrictSchemaIsNotStrict(String schema, String message) {
        assertThat(SchemaCheck.firstProblem("f", Parameters.json(schema), true))
                .hasValueSatisfying(error -> assertThat(error.message()).startsWith("f " + message));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                Parameters.SCHEMA,
                "{'type':'object','additionalProperties':false}",
                "{'type':'object','additionalProperties':false,'properties':{'next':{'anyOf':[{'$ref':'#'},{'type':'null'}]},"
                        + "'step':{'$ref':'#/$defs/a%20~1b'}},'required':['step','next'],'$defs':{'a /b':{'type':'string'}}}",
                "{'type':'object','additionalProperties':false,'properties':{'type':{'type':'string'},"
                        + "'properties':{'type':'integer','minimum':1},'required':{'enum':[1,null]}},"
                        + "'required':['properties','type','required']}",
            })
    void acceptsValidSchemas(String schema) {
        assertThat(SchemaCheck.firstProblem("f", Parameters.json(schema), true)).isEmpty();
        assertThat(SchemaCheck.firstProblem("f", Parameters.json(schema), false))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'$ref':'#a','$defs':{'x':{'$anchor':'a'}}}",
                "{'$id':'https://example.com/s','$ref':'p','$defs':{'p':{'$id':'https://example.com/p'}}}",
                "{'minLength':2.0,'maximum':1.5,'pattern':'^[a-z]+$','items':[{}]}",
            })
    void letsReferencesWithinTheSchemaAndBoundsPass(String schema) {
        assertThat(SchemaCheck.firstProblem("f", Parameters.json(schema), false))
                .isEmpty();
    }

    @Test
    void aLongPlaceIsCut() {
        String schema = "{'properties':{'" + "n".repeat(5_000) + "':7}}";

        assertThat(SchemaCheck.firstProblem("f", Parameters.json(schema), false))
                .hasValueSatisfying(error -> assertThat(error.message()).hasSizeLessThan(400));
    }
}
