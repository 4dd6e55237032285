package io.github.genaistreams.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.apache.kafka.common.utils.AppInfoParser;
import picocli.CommandLine.IVersionProvider;

/** The version as Maven wrote it into the jar. */
final class Version implements IVersionProvider {

    private static final String POM = "/META-INF/maven/io.github.genaistreams/genai-streams/pom.properties";

    @Override
    public String[] getVersion() {
        return new String[] {
            "genai-streams %s (Kafka %s, Java %s)".formatted(ours(), AppInfoParser.getVersion(), Runtime.version())
        };
    }

    private static String ours() {
        try (InputStream pom = Version.class.getResourceAsStream(POM)) {
            if (pom != null) {
                var properties = new Properties();
                properties.load(pom);
                return properties.getProperty("version");
            }
        } catch (IOException unreadable) {
            // As if it were not there.
        }
        return "not packaged";
    }
}
