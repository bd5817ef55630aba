package dev.fenliu.outbound;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Transport;
import dev.fenliu.net.Dial;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An outbound that picks among others: tries the members in the order of its {@link Choice} until one connects. It moves
 * on only before any payload was sent, and only when the member itself failed; what the origin answered is final.
 */
public final class Group implements Outbound {
    /** The members that carry a channel, outermost group's first: {@code vps} or {@code europe/vps}. */
    public static final AttributeKey<String> PATH = AttributeKey.valueOf("group-path");

    private final String name;
    private final List<Outbound> members;
    private final Choice choice;
    private final Health health;

    public Group(String name, List<Outbound> members, Choice choice, Health health) {
        this.name = name;
        this.members = List.copyOf(members);
        this.choice = choice;
        this.health = health;
    }

    @Override
    public String name() {
        return name;
    }

    /** The members in the order in which a flow would try them now. */
    public List<Outbound> order() {
        return choice.order(members, health);
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
        new Attempts<>(dial, Transport.TCP, Outbound::connect, result) {
            @Override
            Channel connected(Outbound member, Channel channel) {
                String inner = channel.attr(PATH).get();
                channel.attr(PATH).set(inner == null ? member.name() : member.name() + "/" + inner);
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
        new Attempts<>(dial, Transport.UDP, (Outbound member, Dial to) -> member.openPackets(to, sink), result) {
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

    /** The way for datagrams that a member has opened. */
    private record MemberPackets(String member, PacketTunnel tunnel) implements PacketTunnel {
        @Override
        public void send(Destination to, ByteBuf payload) {
            tunnel.send(to, payload);
        }

        @Override
        public Optional<String> members() {
            return Optional.of(
                    tunnel.members().map(inner -> member + "/" + inner).orElse(member));
        }

        @Override
        public void close() {
            tunnel.close();
        }
    }

    /** One flow's way through the members. Confined to the dial's event loop. */
    private abstract class Attempts<T> {
        private final Dial dial;
        private final Transport transport;
        private final BiFunction<Outbound, Dial, Future<T>> open;
        private final Promise<T> result;
        private final Iterator<Outbound> left;
        private @Nullable Failure last;

        Attempts(Dial dial, Transport transport, BiFunction<Outbound, Dial, Future<T>> open, Promise<T> result) {
            this.dial = dial;
            this.transport = transport;
            this.open = open;
            this.result = result;
            this.left = order().iterator();
        }

        /** What {@code member} has made, marked as the member's. */
        abstract T connected(Outbound member, T made);

        abstract void unwanted(T made);

        void next() {
            while (left.hasNext()) {
                Outbound member = left.next();
                if (member.transports().contains(transport)) {
                    Future<T> opening = open.apply(member, dial);
                    opening.addListener((Future<T> done) -> ended(member, done));
                    result.addListener(done -> opening.cancel(false)); // when the caller gives up; else a no-op
                    return;
                }
                last = last == null ? unsupported() : last;
            }
            result.tryFailure(last == null ? empty() : last);
        }

        private void ended(Outbound member, Future<T> done) {
            if (done.isSuccess()) {
                health.worked(member.name());
                T made = connected(member, done.getNow());
                if (!result.trySuccess(made)) {
                    unwanted(made);
                }
                return;
            }
            if (result.isDone()) {
                return;
            }
            Failure failure = Failure.of(done.cause());
            if (!isFaultOfMember(failure)) {
                result.tryFailure(failure);
                return;
            }
            health.failed(member.name());
            last = failure;
            next();
        }
    }

    private Failure unsupported() {
        return new Failure(Failure.Kind.UNSUPPORTED, "no member of group \"" + name + "\" carries UDP");
    }

    private Failure empty() {
        return new Failure(
                Failure.Kind.TUNNEL_DOWN,
                members.isEmpty()
                        ? "group \"" + name + "\" has no member yet: add an outbound to its `members`"
                        : "group \"" + name + "\" has no usable member ("
                                + members.stream().map(Outbound::name).collect(Collectors.joining(", ")) + ")");
    }

    private static boolean isFaultOfMember(Failure failure) {
        return switch (failure.kind()) {
            case TUNNEL_DOWN, TUNNEL_PROTOCOL, TUNNEL_CERTIFICATE, UNSUPPORTED, NETWORK_UNREACHABLE -> true;
            default -> false;
        };
    }
}
