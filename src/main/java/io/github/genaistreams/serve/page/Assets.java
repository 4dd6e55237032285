package io.github.genaistreams.serve.page;

import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Reply;
import io.github.genaistreams.serve.http.Router;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The page's own files and those of uPlot, which anybody may have: without a key they show nothing. Immutable. */
final class Assets {

    /** The page runs no script and takes no style but these files, sends nothing elsewhere, and is in nobody's frame. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none';"
                    + " require-trusted-types-for 'script'",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cache-Control",
            "no-cache");

    static final List<String> OWN = List.of(
            "index.html",
            "page.css",
            "icon.svg",
            "server.js",
            "words.js",
            "list.js",
            "charts.js",
            "detail.js",
            "main.js");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8", "css", "text/css", "js", "text/javascript", "svg", "image/svg+xml");

    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    private final Map<String, Reply> files = new TreeMap<>();

    Assets() {
        OWN.forEach(name -> add(name, name));
        add("uPlot.iife.min.js", UPLOT + "uPlot.iife.min.js");
        add("uPlot.min.css", UPLOT + "uPlot.min.css");
    }

    private void add(String name, String resource) {
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        try (InputStream in = Assets.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("this build lacks " + resource);
            }
            files.put(name, new Reply.Whole(200, type, HEADERS, in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void addTo(Router router) {
        router.open("/", request -> files.get("index.html"))
                .open("/page/{file}", request -> file(request.path("file")));
    }

    private Reply file(String name) {
        Reply file = files.get(name);
        if (file == null) {
            throw ApiException.notFound("file", name);
        }
        return file;
    }
}
