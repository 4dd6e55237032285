package io.github.genaistreams.cli.console;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.util.Optional;

/** This process's stdout. It keeps the first error, which a {@code PrintStream} swallows. */
public final class StandardOutput extends FilterOutputStream {

    private static final String READER_IS_GONE = "Broken pipe";

    private volatile String error = "";

    public StandardOutput() {
        super(new FileOutputStream(FileDescriptor.out));
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            if (error.isEmpty()) {
                error = String.valueOf(e.getMessage());
            }
            throw e;
        }
    }

    /** Why not everything was written. Empty if all was written, or if a reader such as {@code head} wants no more. */
    public Optional<String> failure() {
        return Optional.of(error).filter(text -> !text.isEmpty() && !text.equals(READER_IS_GONE));
    }
}
