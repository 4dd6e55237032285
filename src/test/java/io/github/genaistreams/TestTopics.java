package io.github.genaistreams;

import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** Topics that can be used at once. The controller knows a new topic before the broker does, who would say that there is none. */
public final class TestTopics {

    private TestTopics() {}

    public static void create(Admin admin, NewTopic... topics) throws Exception {
        admin.createTopics(List.of(topics)).all().get(20, TimeUnit.SECONDS);
        List<String> names = List.of(topics).stream().map(NewTopic::name).toList();
        await().until(() -> admin.listTopics().names().get(20, TimeUnit.SECONDS).containsAll(names));
    }
}
