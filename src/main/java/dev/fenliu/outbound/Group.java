package dev.fenliu.outbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Reason;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An outbound that picks among others: tries the members in the order of its {@link Choice} until one connects. It moves
 * on only before any payload was sent, and only when the member itself failed or says nothing; what the origin answered is
 * final.
 */
public final class Group implements Outbound, Standing {
    /** The members that carry a channel, outermost group's first. */
    public static final AttributeKey<List<String>> PATH = AttributeKey.valueOf("group-path");

    private final String name;
    private final List<Outbound> members;
    private final Choice choice;
    private final Health health;
    private final Optional<Check> check;
    private final Optional<ExitGuard> guard;

    public Group(String name, List<Outbound> members, Choice choice, Health health) {
        this(name, members, choice, health, Optional.empty(), Optional.empty());
    }

    /**
     * @param check how its members are tried out; the group goes by what was found so
     * @param guard what must not object to a member that is used
     */
    public Group(
            String name,
            List<Outbound> members,
            Choice choice,
            Health health,
            Optional<Check> check,
            Optional<ExitGuard> guard) {
        this.name = name;
        this.members = List.copyOf(members);
        this.choice = choice;
        this.health = health;
        this.check = check;
        this.guard = guard;
    }

    @Override
    public String name() {
        return name;
    }

    /** The members as the config lists them. */
    public List<Outbound> members() {
        return members;
    }

    /** How its members are tried out. */
    public Optional<Check> check() {
        return check;
    }

    /** What must not object to a member that is used. */
    Optional<ExitGuard> guard() {
        return guard;
    }

    /** Why a member would not be used, in words, by what is known now; empty when it would. */
    public Optional<String> objection(Outbound member) {
        return guard.flatMap(judge -> judge.known(member));
    }

    /** The same, or why the others are preferred because of what a check of it was answered. */
    public Optional<Reason> fault(Outbound member) {
        return objection(member)
                .map(why -> new Reason("exit", why))
                .or(() -> check.flatMap(how -> health.fault(member.name(), how)).map(Reason::badAnswer));
    }

    /** The members in the order in which a flow would try them now. */
    public List<Outbound> order(Aim aim) {
        return choice.order(members, this, aim);
    }

    /** The same for a flow of which nothing is known. */
    public List<Outbound> order() {
        return order(Aim.ANY);
    }

    List<Outbound> take(Dial dial) {
        return choice.take(members, this, Aim.of(dial));
    }

    @Override
    public boolean ails(Outbound member) {
        return member instanceof Group inner
                ? inner.order().stream().allMatch(this::ails)
                : health.ails(member)
                        || check.flatMap(how -> health.fault(member.name(), how))
                                .isPresent();
    }

    @Override
    public Optional<Duration> delay(Outbound member) {
        return member instanceof Group inner
                ? inner.order().stream().findFirst().flatMap(this::delay)
                : check.flatMap(how -> health.delay(member.name(), how));
    }

    @Override
    public long nanos() {
        return health.now();
    }

    @Override
    public Set<Transport> transports() {
        Set<Transport> all = EnumSet.noneOf(Transport.class);
        for (Outbound member : members) {
            all.addAll(member.transports());
            if (all.size() == Transport.values().length) {
                break; // there may be thousands, each made when it is first asked
            }
        }
        return all;
    }

    @Override
    public Future<Channel> connect(Dial dial) {
        Promise<Channel> result = dial.loop().newPromise();
        new Attempts<>(this, health, dial, Transport.TCP, result) {
            @Override
            Future<Channel> open(Outbound member, Dial to) {
                return member.connect(to);
            }

            @Override
            Channel connected(Outbound member, Channel channel) {
                List<String> inner = channel.attr(PATH).get();
                channel.attr(PATH).set(before(member.name(), inner == null ? List.of() : inner));
                return channel;
            }

            @Override
            void unwanted(Channel channel) {
                channel.close();
            }
        }.next();
        return result;
    }

    @Override
    public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
        Promise<PacketTunnel> result = dial.loop().newPromise();
        new Attempts<>(this, health, dial, Transport.UDP, result) {
            @Override
            Future<PacketTunnel> open(Outbound member, Dial to) {
                return member.openPackets(to, sink);
            }

            @Override
            PacketTunnel connected(Outbound member, PacketTunnel tunnel) {
                return new MemberPackets(member.name(), tunnel);
            }

            @Override
            void unwanted(PacketTunnel tunnel) {
                tunnel.close();
            }
        }.next();
        return result;
    }

    private static List<String> before(String member, List<String> inner) {
        List<String> all = new ArrayList<>(inner.size() + 1);
        all.add(member);
        all.addAll(inner);
        return List.copyOf(all);
    }

    /** The way for datagrams that a member has opened. */
    private record MemberPackets(String member, PacketTunnel tunnel) implements PacketTunnel {
        @Override
        public void send(Destination to, ByteBuf payload) {
            tunnel.send(to, payload);
        }

        @Override
        public List<String> members() {
            return before(member, tunnel.members());
        }

        @Override
        public void close() {
            tunnel.close();
        }
    }

    Failure unsupported() {
        return new Failure(Failure.Kind.UNSUPPORTED, "no member of group \"" + name + "\" carries UDP");
    }

    Failure empty() {
        return new Failure(
                        Failure.Kind.TUNNEL_DOWN,
                        members.isEmpty()
                                ? "group \"" + name + "\" has no member yet: add an outbound to its `members`"
                                : "group \"" + name + "\" has no usable member ("
                                        + members.stream().map(Outbound::name).collect(Collectors.joining(", ")) + ")")
                .by(Ender.US);
    }
}
