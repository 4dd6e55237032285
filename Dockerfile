# docker build -t genai-streams .          docker run --rm genai-streams worker --help
# Every command of the program, by its name. docs/operations.md, "Containers", says what to mount and what to set.

FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /build
# The dependencies first: they are fetched again only when pom.xml changes.
COPY .mvn .mvn
COPY pom.xml .
RUN mvn -B -q -Psbom -Dmaven.test.skip=true package
# Native code, as files that the JVM maps from the read-only image. What is left in the jars is unpacked into java.io.tmpdir at every
# start, and cannot be loaded from there where it is mounted noexec, as Docker does with --tmpfs.
WORKDIR /build/native
RUN case "$(uname -m)" in \
      x86_64)  rocksdb=librocksdbjni-linux64.so       zstd=linux/amd64   snappy=Linux/x86_64 ;; \
      aarch64) rocksdb=librocksdbjni-linux-aarch64.so zstd=linux/aarch64 snappy=Linux/aarch64 ;; \
      *) echo "No native code is known for $(uname -m)." >&2; exit 1 ;; \
    esac \
 && for jar in ../target/lib/rocksdbjni-*.jar ../target/lib/zstd-jni-*.jar ../target/lib/snappy-java-*.jar; do jar xf "$jar"; done \
 && mkdir /native \
 && mv "$rocksdb" org/xerial/snappy/native/$snappy/libsnappyjava.so /native/ \
 && mv $zstd/libzstd-jni-*.so /native/libzstd-jni.so
WORKDIR /build
COPY schemas schemas
COPY src src
RUN mvn -B -q -Psbom -Dmaven.test.skip=true package

FROM eclipse-temurin:17-jre
COPY --from=build /native /opt/genai/native
COPY --from=build /build/target/lib /opt/genai/lib
COPY --from=build /build/target/genai-streams.jar /opt/genai/
# The user of the image, and any other one whose group is 0, can write here and nowhere else. It is the home of whoever runs the program, and
# by that the place of state.dir and document.store: set here, they would win over a properties file that is mounted.
RUN mkdir -p /var/lib/genai/documents && chown -R 10001:0 /var/lib/genai && chmod -R 2775 /var/lib/genai
ENV LC_ALL=C.UTF-8 \
    GENAI_HTTP_HOST=0.0.0.0 \
    GENAI_HTTP_PORT=9464
# The classes as the JVM has them in memory, of a run of broker, API sandbox, worker and client: a start maps them and parses none.
RUN java -Xlog:cds=error -XX:ArchiveClassesAtExit=/opt/genai/genai.jsa -Djava.library.path=/opt/genai/native -jar /opt/genai/genai-streams.jar \
      demo --requests 60 --documents 3 --json \
 && test -s /opt/genai/genai.jsa
USER 10001:0
WORKDIR /var/lib/genai
VOLUME /var/lib/genai
EXPOSE 9464
STOPSIGNAL SIGTERM
# Of a worker, that it is alive; bash asks, as the base image promises no curl. Other commands have nothing to be asked.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["bash", "-c", "grep -qzx worker /proc/1/cmdline && [ \"$GENAI_HTTP_PORT\" != 0 ] || exit 0; exec 3<>/dev/tcp/127.0.0.1/$GENAI_HTTP_PORT && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && read -r status <&3 && [[ $status == *' 200 '* ]]"]
# The second compiler inlines less than it would by itself: for a worker's first 100,000 calls it took more than the work, most of it for code
# that it compiled again wherever that is called; what it makes is as fast. More options for the JVM: the environment variable JDK_JAVA_OPTIONS.
ENTRYPOINT ["java", "-XX:SharedArchiveFile=/opt/genai/genai.jsa", "-Xshare:auto", "-XX:-UsePerfData", "-XX:MaxRAMPercentage=50", \
  "-XX:MaxInlineLevel=4", "-XX:InlineSmallCode=1000", "-XX:FreqInlineSize=100", \
  "-XX:+ExitOnOutOfMemoryError", "-Djava.library.path=/opt/genai/native", "-Dorg.xerial.snappy.lib.path=/opt/genai/native", \
  "-DZstdNativePath=/opt/genai/native/libzstd-jni.so", "-Duser.home=/var/lib/genai", "-jar", "/opt/genai/genai-streams.jar"]
CMD ["--help"]
# docker build --build-arg REVISION="$(git rev-parse HEAD)" --build-arg SOURCE=https://git.example.com/genai-streams .
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="genai-streams" \
      org.opencontainers.image.description="Batches of paid, slow, rate-limited AI API calls through Apache Kafka" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/eclipse-temurin:17-jre" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"
