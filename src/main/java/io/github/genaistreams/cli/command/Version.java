package io.github.genaistreams.cli.command;

import io.github.genaistreams.worker.BuildVersion;
import org.apache.kafka.common.utils.AppInfoParser;
import picocli.CommandLine.IVersionProvider;

/** The version of this program and of its main dependencies. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {
            "genai-streams %s (Kafka %s, Java %s)"
                    .formatted(BuildVersion.text(), AppInfoParser.getVersion(), Runtime.version())
        };
    }
}
