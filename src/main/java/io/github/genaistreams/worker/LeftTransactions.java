package io.github.genaistreams.worker;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FenceProducersOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the transactions that stream threads have left open which are gone from the group: of a worker that was killed, say. Readers
 * of committed records, and whoever restores that worker's tasks, wait for the end of such a transaction; by itself it comes with
 * {@code transaction.timeout.ms} only. Every worker does this for all; to end a transaction twice does no harm.
 *
 * <p>It is safe, also for a worker that is alive and has merely lost its place in the group: what such a worker has in a transaction
 * cannot be committed any more, since its offsets are of a generation that has passed. So transactions are asked for first, and the
 * members of the group after that: who has a transaction open and is no member then, has lost his place since.
 *
 * <p>Used by one thread, but for {@link #isGroupStable()}.
 */
final class LeftTransactions implements Runnable {

    /** How often it is looked. A look asks the coordinator of the group for its members, and nothing else while none of them goes. */
    static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(LeftTransactions.class);
    private static final long ANSWER_SECONDS = 5;

    /** Who was gone so long ago may be back: then his transaction is not the one that was seen. */
    private static final Duration FENCE_TIMEOUT = Duration.ofSeconds(2);

    private static final String UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    private final Admin admin;
    private final String applicationId;

    /** Names of consumers of Kafka Streams: {@code ThreadMetadata.mainConsumerClientId()}. */
    private final Pattern consumer;

    /** Names of its producers' transactions: {@code ActiveTaskCreator} of kafka-streams. */
    private final Pattern transaction;

    /** The threads that were members at the last look. */
    private Set<Member> members = Set.of();

    /** Whether everything that members before these have left open is ended. */
    private boolean clean;

    private boolean saidForbidden;

    /** A stream thread of the group. */
    private record Member(String process, String thread) {}

    /** @param admin stays the caller's to close */
    LeftTransactions(Admin admin, String applicationId) {
        this.admin = admin;
        this.applicationId = applicationId;
        String name = Pattern.quote(applicationId);
        consumer = Pattern.compile(name + "-(" + UUID + ")-StreamThread-(\\d+)-consumer");
        transaction = Pattern.compile(name + "-(" + UUID + ")-(\\d+)");
    }

    @Override
    public void run() {
        try {
            look();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException && !saidForbidden) {
                saidForbidden = true;
                LOG.warn(
                        "Kafka does not let this worker end what a killed one has left open: after a kill, readers wait up to"
                                + " transaction.timeout.ms. Allow it to describe the group {}, and to describe and write the"
                                + " transactional IDs that begin with it ({})",
                        applicationId,
                        e.getCause().getMessage());
            }
            LOG.debug("No look at open transactions: {}", e.getCause().toString());
        } catch (TimeoutException | KafkaException e) {
            // The stream threads say it when Kafka is away.
            LOG.debug("No look at open transactions: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() throws ExecutionException, TimeoutException, InterruptedException {
        Optional<Set<Member>> now = members();
        if (now.isEmpty()) {
            return;
        }
        if (!now.get().containsAll(members)) {
            clean = false;
        }
        members = now.get();
        if (!clean) {
            clean = endLeft();
        }
    }

    /** Returns whether nothing is left. */
    private boolean endLeft() throws ExecutionException, TimeoutException, InterruptedException {
        long begun = System.nanoTime();
        Collection<TransactionListing> open = admin.listTransactions(
                        new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING)))
                .all()
                .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        List<String> ours = open.stream()
                .map(TransactionListing::transactionalId)
                .filter(id -> transaction.matcher(id).matches())
                .toList();
        if (ours.isEmpty()) {
            return true;
        }
        Optional<Set<Member>> now = members();
        if (now.isEmpty()) {
            return false;
        }
        List<String> left = ours.stream()
                .filter(id -> !now.get().contains(member(transaction.matcher(id))))
                .toList();
        if (!left.isEmpty()) {
            if (System.nanoTime() - begun > FENCE_TIMEOUT.toNanos()) {
                return false;
            }
            // Not tried again by the client for longer than we stand by it.
            var once = new FenceProducersOptions().timeoutMs((int) FENCE_TIMEOUT.toMillis());
            admin.fenceProducers(left, once).all().get(ANSWER_SECONDS, TimeUnit.SECONDS);
            LOG.atInfo()
                    .addKeyValue("transactions", left.size())
                    .log("Ended what workers have left open that are gone");
        }
        return true;
    }

    /** Empty if it cannot be said who is a member: somebody has given his clients names of his own. */
    private Optional<Set<Member>> members() throws ExecutionException, TimeoutException, InterruptedException {
        Set<Member> members = new HashSet<>();
        var group = admin.describeConsumerGroups(List.of(applicationId))
                .describedGroups()
                .get(applicationId)
                .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        for (MemberDescription each : group.members()) {
            Matcher name = consumer.matcher(each.clientId());
            if (!name.matches()) {
                return Optional.empty();
            }
            members.add(member(name));
        }
        return Optional.of(members);
    }

    /** Whether all members of the group have their part of its work, as far as can be said. On any thread. */
    boolean isGroupStable() {
        try {
            return admin.describeConsumerGroups(List.of(applicationId))
                            .describedGroups()
                            .get(applicationId)
                            .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                            .groupState()
                    == GroupState.STABLE;
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            LOG.debug("No look at the group: {}", e.toString());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static Member member(Matcher name) {
        return name.matches() ? new Member(name.group(1), name.group(2)) : null;
    }
}
