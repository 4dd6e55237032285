package io.github.genaistreams.worker;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version of this software, as Maven wrote it into the jar. */
public final class BuildVersion {

    private static final String POM = "/META-INF/maven/io.github.genaistreams/genai-streams/pom.properties";

    private BuildVersion() {}

    /** {@code not packaged} outside of a jar. */
    public static String text() {
        try (InputStream pom = BuildVersion.class.getResourceAsStream(POM)) {
            if (pom != null) {
                var properties = new Properties();
                properties.load(pom);
                return properties.getProperty("version");
            }
        } catch (IOException unreadable) {
            // The version counts as unknown.
        }
        return "not packaged";
    }
}
