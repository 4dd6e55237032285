package io.github.genaistreams.worker;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of {@code genai serve}.
 *
 * @param port         port to listen on; 0 for any free port
 * @param host         local address to listen on
 * @param hosts        host names that clients may use, in lower case; empty for the default names
 * @param keysFile     the key file; empty if callers need no key
 * @param fileMaxBytes maximum size of an uploaded file
 */
public record ServeSettings(int port, String host, Set<String> hosts, Optional<Path> keysFile, long fileMaxBytes) {}
