package dev.fenliu.engine;

import dev.fenliu.config.Secret;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Flow;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The users of server listeners: who they are by the config in force, what they have open, what they have used, and what
 * they may. Traffic counts while it flows, as far as sessions tell, and all of it when its flow ends. Safe for concurrent use.
 */
final class Ledger implements FlowListener {
    private volatile Map<String, UserFile> files = Map.of();
    private volatile Map<String, Long> month = Map.of();
    private final Map<String, AtomicInteger> open = new ConcurrentHashMap<>();
    /** Since it was last taken. */
    private final Map<String, Traffic> used = new ConcurrentHashMap<>();
    /** What of the flows that run has been added to it, by their ids. */
    private final Map<Long, Traffic> counted = new ConcurrentHashMap<>();

    /** Those of the config in force. @return the logins that were there and are no more, or have another password now */
    Set<String> follow(Collection<ListenerPlan<?>> plans) {
        Map<String, UserFile> next = new HashMap<>();
        plans.forEach(
                plan -> plan.users().ifPresent(file -> next.put(plan.settings().name(), file)));
        Set<String> gone = new HashSet<>();
        files.forEach((listener, before) -> {
            UserFile after = next.get(listener);
            Map<String, Secret> logins = after == null ? before.logins() : after.logins();
            before.logins().forEach((login, secret) -> {
                if (after != null && !secret.equals(logins.get(login))) {
                    gone.add(id(listener, login));
                }
            });
        });
        files = Map.copyOf(next);
        return gone;
    }

    /** What tells whose a flow is; null for one of no such user. */
    @Nullable
    String id(String listener, Optional<String> login) {
        return login.isPresent() && files.containsKey(listener) ? id(listener, login.get()) : null;
    }

    private static String id(String listener, String login) {
        return listener + " " + login;
    }

    /** Why a flow that was opened may not be, as far as that depends on its user. */
    @Nullable
    Failure check(Flow flow) {
        UserFile file = files.get(flow.listener());
        if (file == null || flow.user().isEmpty()) {
            return null;
        }
        String login = flow.user().get();
        UserFile.User user = file.users().get(login);
        if (user == null || user.key().isEmpty()) {
            boolean pairing = login.startsWith(UserFile.PAIRING);
            return new Failure(
                    Failure.Kind.FORBIDDEN,
                    pairing ? "a pairing code is for pairing alone" : "the user " + login + " is gone");
        }
        AtomicInteger now = open.get(login);
        if (user.flows() > 0 && now != null && now.get() > user.flows()) {
            return new Failure(
                    Failure.Kind.OVERLOADED, login + " has " + user.flows() + " flows open, the most it may");
        }
        return user.traffic() > 0 && monthly(login) >= user.traffic()
                ? new Failure(Failure.Kind.FORBIDDEN, login + " has used up the traffic of this month")
                : null;
    }

    private long monthly(String login) {
        Traffic since = used.getOrDefault(login, Traffic.NONE);
        return month.getOrDefault(login, 0L) + since.up() + since.down();
    }

    /**
     * Counts what a flow that runs has moved until now, which may be asked for at any time.
     *
     * @param up bytes since it was opened, as {@code down}
     * @return whether its user may go on
     */
    boolean moved(Flow flow, long up, long down) {
        if (id(flow.listener(), flow.user()) == null) {
            return true;
        }
        String login = flow.user().orElse("");
        count(login, flow, new Traffic(up, down, 0));
        UserFile file = files.get(flow.listener());
        UserFile.User user = file == null ? null : file.users().get(login);
        return user == null || user.traffic() == 0 || monthly(login) < user.traffic();
    }

    private void count(String login, Flow flow, Traffic now) {
        Traffic before = counted.put(flow.id(), now);
        used.merge(login, before == null ? now : now.since(before), Traffic::plus);
    }

    @Override
    public void opened(Flow flow) {
        if (id(flow.listener(), flow.user()) != null) {
            open.computeIfAbsent(flow.user().orElse(""), name -> new AtomicInteger())
                    .incrementAndGet();
        }
    }

    @Override
    public void closed(FlowView outcome, long up, long down) {
        Flow flow = outcome.flow();
        String user = flow.user().orElse("");
        AtomicInteger now = open.get(user);
        if (id(flow.listener(), flow.user()) != null && now != null) {
            now.decrementAndGet();
            count(user, flow, new Traffic(outcome.up(), outcome.down(), 1));
        }
        counted.remove(flow.id());
    }

    /** What was used since this was last asked for. */
    Map<String, Traffic> take() {
        Map<String, Traffic> taken = new HashMap<>();
        for (String user : Set.copyOf(used.keySet())) {
            Traffic since = used.remove(user);
            if (since != null) {
                taken.put(user, since);
            }
        }
        return taken;
    }

    /** What users have used this month until {@link #take} was last called. */
    void month(Map<String, Long> bytes) {
        month = Map.copyOf(bytes);
    }

    /** How the users stand. */
    List<Status.User> users() {
        Map<String, Status.User> all = new TreeMap<>(); // a file may serve several listeners
        files.values()
                .forEach(file -> file.users().forEach((name, user) -> {
                    AtomicInteger flows = open.get(name);
                    all.put(
                            name,
                            new Status.User(name, flows == null ? 0 : flows.get(), monthly(name), user.traffic()));
                }));
        return List.copyOf(all.values());
    }
}
