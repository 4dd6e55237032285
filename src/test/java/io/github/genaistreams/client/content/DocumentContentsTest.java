package io.github.genaistreams.client.content;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentContentsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'json':{'children':[{'html':'<p>1</p>'},{'html':'<p>2</p>'}]}}       | ~<p>1</p>\n<p>2</p>~",
                "{'html':'<p>x</p>'}                                                   | <p>x</p>",
                "{'markdown':'# x'}                                                    | # x",
                "{'chunks':{'blocks':[{'html':'<p>1</p>'},{'html':'<p>2</p>'}]}}       | ~<p>1</p>\n<p>2</p>~",
                "{'pages':['a',{'markdown':'b'},{'text':'c'}]}                         | ~a\nb\nc~",
                "{'json':{'children':[{'html':'x'}]},'extraction_schema_json':'{ \\\"a\\\": 1 }'} | {\"a\":1}",
                "{'html':'','markdown':'# x'}                                          | # x",
                "{'markdown':'','chunks':{'blocks':[{'html':'<p>1</p>'}]}}             | <p>1</p>",
                "{'something':'new'}                                                   | {\"something\":\"new\"}",
                "{'pages':[{'html':'','markdown':'b'},{'page':2,'text_lines':[{'text':'c'},{'text':'d'}]}]} | ~b\nc\nd~",
                "{'pages':['a',{'new':1}]}                                             | ~a\n{\"new\":1}~",
                "{'chunks':{'blocks':[{'html':null,'markdown':'a'},{'html':'','text':'b'},{'id':1}]}} | ~a\nb~",
                "{'json':{'children':[{'html':'a'},{'id':'x'},{'markdown':'b'}]}}      | ~a\nb~",
                "{'json':'text','html':'<p>x</p>'}                                     | <p>x</p>",
                "{'json':{'children':[]},'markdown':'x'}                               | x",
                "{'extraction_schema_json':'','markdown':'x'}                          | x",
                "{'extraction_schema_json':'null','markdown':'x'}                      | x",
                "{'extraction_schema_json':{'a':1},'markdown':'x'}                     | {\"a\":1}",
                "{'extraction_schema_json':'no JSON','markdown':'x'}                   | no JSON",
            })
    void takesTheFirstThatThereIs(String answer, String content) throws Exception {
        assertThat(DocumentContents.of(result(true, answer.replace('\'', '"')))).isEqualTo(content);
    }

    /** As the library does that this follows: the whole answer is kept, so that nothing is lost. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'html':''}",
                "{'markdown':''}",
                "{'html':null,'markdown':'','json':null,'chunks':null,'pages':null}",
                "{'html':5}",
                "{'html':['<p>x</p>']}",
                "{'markdown':{'text':'x'}}",
                "{'markdown':true}",
                "{'json':'<p>x</p>'}",
                "{'json':[{'html':'x'}]}",
                "{'json':{}}",
                "{'json':{'children':null}}",
                "{'json':{'children':[]}}",
                "{'json':{'children':{'html':'x'}}}",
                "{'json':{'children':['x']}}",
                "{'json':{'children':[{'html':''}]}}",
                "{'json':{'children':[{'html':null,'children':null}]}}",
                "{'json':{'children':[{'html':'a'},{'html':{'new':'b'}}]}}",
                "{'json':{'children':[{'html':'a'},{'html':5}]}}",
                "{'json':{'children':[{'html':'a'},'b']}}",
                "{'json':{'children':[{'html':'','children':[{'html':'','children':{'html':'x'}}]}]}}",
                "{'json':{'children':[{'new':'x'}]}}",
                "{'chunks':[]}",
                "{'chunks':[{'html':'x'}]}",
                "{'chunks':{'blocks':null}}",
                "{'chunks':{'blocks':[]}}",
                "{'chunks':{'blocks':'x'}}",
                "{'chunks':{'blocks':[{'html':''},{'html':null},{}]}}",
                "{'chunks':{'blocks':[{'new':'x'}]}}",
                "{'pages':[]}",
                "{'pages':'x'}",
                "{'pages':['',null]}",
                "{'extraction_schema_json':''}",
                "{'extraction_schema_json':null}",
                "{'segmentation_results':{'segments':[]}}",
                "[]",
                "'x'",
                "5",
                "null",
            })
    void keepsTheWholeAnswerWhereItHasNoTextThatIsKnown(String answer) throws Exception {
        JsonNode tree = new ObjectMapper().readTree(answer.replace('\'', '"'));

        assertThat(DocumentContents.of(result(true, tree.toString()))).isEqualTo(tree.toString());
    }

    /** Deeper than any document is, so it is not told in part. */
    @Test
    void keepsTheWholeAnswerOfATreeThatIsTooDeep() throws Exception {
        String answer = "{\"json\":" + "{\"children\":[".repeat(60) + "{\"html\":\"x\"}" + "]}".repeat(60) + "}";

        assertThat(DocumentContents.of(result(true, answer))).isEqualTo(answer);
    }

    @Test
    void isEmptyWithoutAnAnswer() {
        CallResult stored = CallResult.builder(new ItemKey("b", 0), "documents")
                .success(true)
                .responseRef("sha256/x")
                .build();

        assertThat(DocumentContents.of(stored)).isEmpty();
    }

    @Test
    void keepsAReferenceToABlockThatIsNotThere() throws Exception {
        String answer = "{\"json\":{\"children\":[{\"html\":\"a <content-ref src='gone'/>\"}]}}";

        assertThat(DocumentContents.of(result(true, answer))).isEqualTo("a <content-ref src='gone'/>");
    }

    @Test
    void resolvesReferencesToChildrenInTheirPlaces() throws Exception {
        String answer = """
                {"json":{"children":[{"id":"p","html":"<h1>T</h1><content-ref src='t'></content-ref><content-ref src='g'/>",
                 "children":[{"id":"t","html":"<p>first</p>"},
                  {"id":"g","html":"<ul><content-ref src='l'></content-ref></ul>","children":[{"id":"l","html":"<li>$1</li>"}]}]}]}}""";

        assertThat(DocumentContents.of(result(true, answer))).isEqualTo("<h1>T</h1><p>first</p><ul><li>$1</li></ul>");
    }

    @Test
    void endsAlsoWithReferencesInACircle() throws Exception {
        String answer = "{\"json\":{\"children\":[{\"id\":\"a\",\"html\":\"x<content-ref src='a'></content-ref>\"}]}}";

        assertThat(DocumentContents.of(result(true, answer))).isEqualTo("x");
    }

    /** Twice itself, 50 deep, would be more than there is room for anywhere. */
    @Test
    @Timeout(10)
    void endsAlsoWithABlockThatRefersToItselfTwice() throws Exception {
        String twice = "<content-ref src='a'></content-ref>".repeat(2);
        String answer = "{\"json\":{\"children\":[{\"id\":\"a\",\"html\":\"x" + twice + "\"}]}}";

        assertThat(DocumentContents.of(result(true, answer))).isEqualTo("x");
    }

    /** No circle, but each block has the next one twice. */
    @ParameterizedTest
    @Timeout(10)
    @ValueSource(strings = {"text", ""})
    void isInProportionToTheAnswerWhateverItRefersTo(String text) throws Exception {
        String block = "{\"id\":\"b%d\",\"html\":\"%s<content-ref src='b%d'/><content-ref src='b%d'/>\"}";
        String children = IntStream.range(0, 45)
                .mapToObj(i -> block.formatted(i, text, i + 1, i + 1))
                .collect(Collectors.joining(","));
        String answer = "{\"json\":{\"children\":[" + children + "]}}";

        assertThat(DocumentContents.of(result(true, answer)).length()).isLessThan(10 * answer.length());
    }

    @Test
    void hasABlockInBothPlacesThatReferToIt() throws Exception {
        String answer = "{\"json\":{\"children\":[{\"html\":\"<content-ref src='h'/>-<content-ref src='h'/>\"},"
                + "{\"html\":\"\",\"children\":[{\"id\":\"h\",\"html\":\"head\"}]}]}}";

        assertThat(DocumentContents.of(result(true, answer))).isEqualTo("head-head\nhead");
    }

    @Test
    void hasOneTextPerDocumentAndNoneForAFailure() throws Exception {
        assertThat(DocumentContents.of(
                        List.of(result(false, "{\"markdown\":\"x\"}"), result(true, "{\"markdown\":\"x\"}"))))
                .containsExactly("", "x");
    }

    private static CallResult result(boolean success, String answer) throws Exception {
        return CallResult.builder(new ItemKey("b", 0), "documents")
                .success(success)
                .jsonResponse(new ObjectMapper().readTree(answer))
                .build();
    }
}
