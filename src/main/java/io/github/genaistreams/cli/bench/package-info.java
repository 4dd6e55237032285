/** The measurements behind {@code genai bench}. */
package io.github.genaistreams.cli.bench;
