package io.github.genaistreams.serve.page;

import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.HttpReply;
import io.github.genaistreams.serve.http.Router;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** The page's own files and those of uPlot. They need no key, because they contain no data. Immutable. */
final class Assets {

    /** The page uses only these scripts and styles, sends nothing to other sites, and cannot be put into a frame. */
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

    private static final String WEBJAR = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

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

    /** The files of uPlot and where they are. */
    private static final Map<String, String> UPLOT =
            Map.of("uPlot.iife.min.js", WEBJAR + "uPlot.iife.min.js", "uPlot.min.css", WEBJAR + "uPlot.min.css");

    void addTo(Router router) {
        router.open("/", request -> file("index.html")).open("/page/{file}", request -> file(request.path("file")));
    }

    private static HttpReply file(String name) throws IOException {
        String resource = OWN.contains(name) ? name : UPLOT.get(name);
        if (resource == null) {
            throw ApiException.notFound("file", name);
        }
        try (InputStream in = Assets.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("this build lacks " + resource);
            }
            String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
            return new HttpReply.Whole(200, type, HEADERS, in.readAllBytes());
        }
    }
}
