package io.github.genaistreams.docs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.docs.DocPage.Block;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The Java of all pages, compiled at once, as it is printed: a block is a file with a public class. */
final class JavaSnippets implements AutoCloseable {

    private static final Pattern CLASS = Pattern.compile("^public class (\\w+)", Pattern.MULTILINE);

    private final Map<String, Block> blocks;
    private final URLClassLoader loader;

    private JavaSnippets(Map<String, Block> blocks, URLClassLoader loader) {
        this.blocks = blocks;
        this.loader = loader;
    }

    /**
     * @param dir for the class files
     * @throws AssertionError that names page and line of what does not compile
     */
    static JavaSnippets compile(List<DocPage> pages, Path dir) throws IOException {
        Map<String, Block> blocks = new TreeMap<>();
        pages.stream()
                .flatMap(page -> page.blocks().stream())
                .filter(block -> block.language().equals("java"))
                .forEach(block -> {
                    if (blocks.put(name(block), block) != null) {
                        throw new AssertionError(block + ": there are two classes " + name(block));
                    }
                });
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        var found = new DiagnosticCollector<JavaFileObject>();
        List<Source> sources = new ArrayList<>();
        blocks.forEach((name, block) -> sources.add(new Source(name, block.text())));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(found, Locale.ROOT, UTF_8)) {
            List<String> options = List.of(
                    "--release",
                    "17",
                    "-proc:none",
                    "-d",
                    dir.toString(),
                    "-cp",
                    System.getProperty("java.class.path"));
            if (!compiler.getTask(null, files, found, options, null, sources).call()) {
                List<String> problems = found.getDiagnostics().stream()
                        .map(problem -> problem.getSource() == null
                                ? problem.toString()
                                : "%s, line %d of the block: %s"
                                        .formatted(
                                                blocks.get(((Source) problem.getSource()).name),
                                                problem.getLineNumber(),
                                                problem.getMessage(Locale.ROOT)))
                        .toList();
                throw new AssertionError(String.join("\n", problems));
            }
        }
        return new JavaSnippets(
                blocks, URLClassLoader.newInstance(new URL[] {dir.toUri().toURL()}));
    }

    private static String name(Block block) {
        Matcher name = CLASS.matcher(block.text());
        if (!name.find()) {
            throw new AssertionError(block + " has no public class");
        }
        return name.group(1);
    }

    /** The names of the classes. */
    List<String> names() {
        return List.copyOf(blocks.keySet());
    }

    /** Calls a static method. The compiler has not seen these classes when it saw the test, so it has to be looked up. */
    Object call(String type, String method, Object... arguments) {
        try {
            Method found = Arrays.stream(loader.loadClass(type).getDeclaredMethods())
                    .filter(each -> each.getName().equals(method))
                    .findAny()
                    .orElseThrow(() -> new AssertionError(blocks.get(type) + " has no method " + method));
            found.setAccessible(true);
            return found.invoke(null, arguments);
        } catch (InvocationTargetException e) {
            throw new AssertionError(blocks.get(type) + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }

    /** A block as the compiler wants it. */
    private static final class Source extends SimpleJavaFileObject {

        private final String name;
        private final String text;

        Source(String name, String text) {
            super(URI.create("string:///" + name + Kind.SOURCE.extension), Kind.SOURCE);
            this.name = name;
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
