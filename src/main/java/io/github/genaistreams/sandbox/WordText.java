package io.github.genaistreams.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** The paragraphs of a Word document, from the XML in it; a line break in a paragraph is a line feed. */
final class WordText {

    private final List<String> paragraphs = new ArrayList<>();
    private final StringBuilder paragraph = new StringBuilder();
    private boolean inRun;
    private boolean inText;

    /** How many elements deep in what is there for programs that do not know the newer form beside it. */
    private int fallbacks;

    private WordText() {}

    /** @throws IOException if it is no XML */
    static List<String> paragraphs(InputStream xml) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        // A document may come from anywhere: it defines nothing, and names no other file to be read.
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        var text = new WordText();
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(xml);
            while (reader.hasNext()) {
                switch (reader.next()) {
                    case XMLStreamReader.START_ELEMENT -> text.start(name(reader));
                    case XMLStreamReader.END_ELEMENT -> text.end(name(reader));
                    case XMLStreamReader.CHARACTERS, XMLStreamReader.CDATA -> text.characters(reader.getText());
                    default -> {
                        // Comments and the like.
                    }
                }
            }
        } catch (XMLStreamException e) {
            throw new IOException("The document is damaged", e);
        }
        return text.paragraphs;
    }

    /** Without its prefix, which is the choice of whoever wrote the document. */
    private static String name(XMLStreamReader reader) {
        String name = reader.getLocalName();
        return name.substring(name.indexOf(':') + 1);
    }

    private void start(String element) {
        switch (element) {
            case "Fallback" -> fallbacks++;
            case "p" -> finish();
            case "r" -> inRun = true;
            case "t" -> inText = true;
            // Outside of a run it says where a tab would stop.
            case "tab" -> add(inRun, "\t");
            case "br", "cr" -> add(inRun, "\n");
            case "noBreakHyphen" -> add(inRun, "-");
            default -> {
                // Form, not text.
            }
        }
    }

    private void end(String element) {
        switch (element) {
            case "Fallback" -> fallbacks--;
            case "p" -> finish();
            case "r" -> inRun = false;
            case "t" -> inText = false;
            default -> {
                // As above.
            }
        }
    }

    private void characters(String text) {
        add(inText, text);
    }

    private void add(boolean isContent, String text) {
        if (isContent && fallbacks == 0) {
            paragraph.append(text);
        }
    }

    private void finish() {
        String text = paragraph.toString().strip();
        if (!text.isEmpty()) {
            paragraphs.add(text);
        }
        paragraph.setLength(0);
    }
}
