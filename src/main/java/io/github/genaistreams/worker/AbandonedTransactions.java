package io.github.genaistreams.worker;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
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
 * Ends open transactions of stream threads that have left the group, such as those of a killed worker. Readers of
 * committed records wait for the end of such a transaction, and so does the worker that restores its tasks. On its own,
 * it ends only after {@code transaction.timeout.ms}. Every worker does this for all others; ending a transaction twice
 * does no harm.
 *
 * <p>It is safe even if the worker is alive and has only lost its place in the group. Such a worker cannot commit its
 * transaction any more, since its offsets belong to an earlier generation. So the transactions are listed first and the
 * group's members after that: a thread with an open transaction that is not a member then has lost its place.
 *
 * <p>For one thread, except {@link #isGroupStable()}.
 */
final class AbandonedTransactions implements Runnable {

    /**
     * The interval of checks. A check asks the group's coordinator for the members, and nothing else while no member
     * has left.
     */
    static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(AbandonedTransactions.class);
    private static final long ANSWER_SECONDS = 5;

    /** A thread that left earlier may have returned, and its transaction may be a new one. */
    private static final Duration FENCE_TIMEOUT = Duration.ofSeconds(2);

    private static final String UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    private final Admin admin;
    private final String applicationId;

    /** Client IDs of the consumers of Kafka Streams: {@code ThreadMetadata.mainConsumerClientId()}. */
    private final Pattern consumer;

    /** Transactional IDs of its producers: {@code ActiveTaskCreator} of kafka-streams. */
    private final Pattern transaction;

    /** The threads that were members at the last check. */
    private Set<Member> members = Set.of();

    /** Whether all open transactions of earlier members have ended. */
    private boolean clean;

    private boolean saidForbidden;

    /** A stream thread of the group. */
    private record Member(String process, String thread) {}

    /** @param admin is not closed here */
    AbandonedTransactions(Admin admin, String applicationId) {
        this.admin = admin;
        this.applicationId = applicationId;
        String name = Pattern.quote(applicationId);
        consumer = Pattern.compile(name + "-(" + UUID + ")-StreamThread-(\\d+)-consumer");
        transaction = Pattern.compile(name + "-(" + UUID + ")-(\\d+)");
    }

    @Override
    public void run() {
        try {
            check();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException && !saidForbidden) {
                saidForbidden = true;
                LOG.warn(
                        "Kafka does not allow this worker to end the transactions of a killed worker. After a kill,"
                                + " readers wait up to transaction.timeout.ms. Allow this user to describe the group"
                                + " {}, and to describe and write the transactional IDs with this prefix ({})",
                        applicationId,
                        e.getCause().getMessage());
            }
            LOG.debug("Open transactions could not be checked: {}", String.valueOf(e.getCause()));
        } catch (TimeoutException | KafkaException e) {
            // The stream threads report that Kafka is unreachable.
            LOG.debug("Open transactions could not be checked: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void check() throws ExecutionException, TimeoutException, InterruptedException {
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

    /** Returns whether no open transaction is left. */
    private boolean endLeft() throws ExecutionException, TimeoutException, InterruptedException {
        long begun = System.nanoTime();
        Collection<TransactionListing> open = admin.listTransactions(
                        new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING)))
                .all()
                .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        List<String> ours = open.stream()
                .map(TransactionListing::transactionalId)
                .filter(id -> member(transaction, id).isPresent())
                .toList();
        if (ours.isEmpty()) {
            return true;
        }
        Optional<Set<Member>> now = members();
        if (now.isEmpty()) {
            return false;
        }
        List<String> left = ours.stream()
                .filter(id ->
                        member(transaction, id).filter(now.get()::contains).isEmpty())
                .toList();
        if (!left.isEmpty()) {
            if (System.nanoTime() - begun > FENCE_TIMEOUT.toNanos()) {
                return false;
            }
            // The client must not retry for longer than the check is valid.
            var once = new FenceProducersOptions().timeoutMs((int) FENCE_TIMEOUT.toMillis());
            admin.fenceProducers(left, once).all().get(ANSWER_SECONDS, TimeUnit.SECONDS);
            LOG.atInfo()
                    .addKeyValue("transactions", left.size())
                    .log("Ended the open transactions of workers that left the group");
        }
        return true;
    }

    /** The members; empty if they cannot be determined because the user has set other client IDs. */
    private Optional<Set<Member>> members() throws ExecutionException, TimeoutException, InterruptedException {
        Set<Member> members = new HashSet<>();
        for (MemberDescription each : group().members()) {
            Optional<Member> member = member(consumer, each.clientId());
            if (member.isEmpty()) {
                return Optional.empty();
            }
            members.add(member.get());
        }
        return Optional.of(members);
    }

    /** Whether all members of the group have received their partitions, as far as is known. On any thread. */
    boolean isGroupStable() {
        try {
            return group().groupState() == GroupState.STABLE;
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            LOG.debug("The group could not be checked: {}", e.toString());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private ConsumerGroupDescription group() throws ExecutionException, TimeoutException, InterruptedException {
        var groups = admin.describeConsumerGroups(List.of(applicationId)).describedGroups();
        return Objects.requireNonNull(groups.get(applicationId)).get(ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    /** The member with this ID; empty for an ID of another form. */
    private static Optional<Member> member(Pattern form, String id) {
        Matcher name = form.matcher(id);
        return name.matches() ? Optional.of(new Member(name.group(1), name.group(2))) : Optional.empty();
    }
}
