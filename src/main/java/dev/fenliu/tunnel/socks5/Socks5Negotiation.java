package dev.fenliu.tunnel.socks5;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Ender;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Host;
import dev.fenliu.net.Negotiation;
import dev.fenliu.net.SocksAddress;
import dev.fenliu.outbound.Login;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of RFC 1928 with the methods "none" and "user name and password" (RFC 1929). Each message waits for
 * the answer to the one before: servers exist that lose a request which comes along with the greeting.
 */
final class Socks5Negotiation implements Negotiation {
    private static final int VERSION = 5;
    private static final int NO_LOGIN = 0;
    private static final int LOGIN = 2;
    private static final int NO_METHOD = 0xff;
    private static final int LOGIN_VERSION = 1;

    /** What is asked for; the ordinal is not the code. */
    enum Command {
        CONNECT(1),
        ASSOCIATE(3);

        private final int code;

        Command(int code) {
            this.code = code;
        }
    }

    private enum Awaited {
        METHOD,
        VERDICT,
        REPLY,
        NOTHING
    }

    private final Command command;
    private final Destination destination;
    private final Optional<Login> login;
    private Awaited awaited = Awaited.METHOD;
    private @Nullable Destination bound;

    private Socks5Negotiation(Command command, Destination destination, Optional<Login> login) {
        this.command = command;
        this.destination = destination;
        this.login = login;
    }

    static Socks5Negotiation connect(Destination destination, Optional<Login> login) {
        return new Socks5Negotiation(Command.CONNECT, destination, login);
    }

    /** Asks for a UDP relay, without saying from where we shall send: that socket does not exist yet. */
    static Socks5Negotiation associate(Destination server, Optional<Login> login) {
        return new Socks5Negotiation(Command.ASSOCIATE, server, login);
    }

    /**
     * Where the datagrams of an association go, once it is made: the address that the server named, or the server
     * itself when it named none.
     *
     * @throws Failure when what it named cannot be sent to
     */
    Destination relay(Destination server) throws Failure {
        if (bound == null) {
            throw new Failure(Failure.Kind.TUNNEL_PROTOCOL, server + " named no usable address for UDP");
        }
        boolean any =
                bound.host() instanceof Host.Address address && address.value().isAnyLocalAddress();
        return any ? new Destination(server.host(), bound.port()) : bound;
    }

    @Override
    public Stage begin(ByteBuf out) {
        out.writeByte(VERSION);
        if (login.isPresent()) {
            out.writeByte(2).writeByte(NO_LOGIN).writeByte(LOGIN);
        } else {
            out.writeByte(1).writeByte(NO_LOGIN);
        }
        return Stage.GREETING;
    }

    @Override
    public Stage proceed(ByteBuf in, ByteBuf out) throws Failure {
        while (awaited != Awaited.NOTHING && in.readableBytes() >= 2) {
            boolean taken = switch (awaited) {
                case METHOD -> method(in, out);
                case VERDICT -> verdict(in, out);
                default -> reply(in);
            };
            if (!taken) {
                break;
            }
        }
        return switch (awaited) {
            case NOTHING -> Stage.DONE;
            // Only a connection to a stranger takes long; an association is the server's own affair.
            case REPLY -> command == Command.CONNECT ? Stage.ASKING : Stage.GREETING;
            default -> Stage.GREETING;
        };
    }

    private boolean method(ByteBuf in, ByteBuf out) throws Failure {
        version(in.readByte(), VERSION);
        int method = in.readUnsignedByte();
        if (method == NO_LOGIN) {
            request(out);
        } else if (method == LOGIN && login.isPresent()) {
            out.writeByte(LOGIN_VERSION);
            field(login.get().username(), out);
            field(login.get().password().value(), out);
            awaited = Awaited.VERDICT;
        } else if (method == NO_METHOD || method == LOGIN) {
            throw protocol(
                    login.isPresent()
                            ? "the upstream takes no user name and password"
                            : "the upstream asks for a user name and password");
        } else {
            throw protocol("the upstream chose authentication method " + method + ", which was not offered");
        }
        return true;
    }

    private boolean verdict(ByteBuf in, ByteBuf out) throws Failure {
        in.readByte(); // some servers write 5 here instead of 1
        if (in.readByte() != 0) {
            throw protocol("the upstream refused the user name or password");
        }
        request(out);
        return true;
    }

    private void request(ByteBuf out) {
        out.writeByte(VERSION).writeByte(command.code).writeByte(0);
        if (command == Command.CONNECT) {
            SocksAddress.write(destination, out);
        } else {
            out.writeByte(1).writeInt(0).writeShort(0); // 0.0.0.0:0
        }
        awaited = Awaited.REPLY;
    }

    private boolean reply(ByteBuf in) throws Failure {
        int start = in.readerIndex();
        version(in.getByte(start), VERSION);
        int code = in.getUnsignedByte(start + 1);
        if (code != 0) {
            throw refusal(code).by(Ender.UPSTREAM); // whatever follows, or does not
        }
        if (in.readableBytes() < 4) {
            return false;
        }
        int length = SocksAddress.length(in, start + 3);
        if (length < 0) {
            throw protocol("the upstream's reply holds an unknown type of address");
        }
        if (length == 0) {
            return false;
        }
        bound = SocksAddress.read(in.skipBytes(3));
        awaited = Awaited.NOTHING;
        return true;
    }

    private Failure refusal(int code) {
        String what = command == Command.CONNECT ? destination.toString() : "a UDP association";
        return switch (code) {
            case 1 -> new Failure(Failure.Kind.HOST_UNREACHABLE, what + ": the upstream reports a general failure");
            case 2 -> new Failure(Failure.Kind.FORBIDDEN, what + ": refused by the upstream's rules");
            case 3 -> new Failure(Failure.Kind.NETWORK_UNREACHABLE, what + ": network unreachable from the upstream");
            case 4 -> new Failure(Failure.Kind.HOST_UNREACHABLE, what + ": host unreachable from the upstream");
            case 5 -> new Failure(Failure.Kind.REFUSED, what + ": connection refused, says the upstream");
            case 6 -> new Failure(Failure.Kind.TIMEOUT, what + ": no answer in time, says the upstream");
            case 7 -> new Failure(Failure.Kind.UNSUPPORTED, what + ": not offered by the upstream");
            case 8 -> new Failure(Failure.Kind.UNSUPPORTED, what + ": the upstream does not take this type of address");
            default -> protocol(what + ": the upstream refused with the unknown code " + code);
        };
    }

    @Override
    public Failure ended() {
        return awaited == Awaited.REPLY && command == Command.CONNECT
                ? new Failure(
                        Failure.Kind.HOST_UNREACHABLE,
                        destination + ": the upstream closed the connection instead of answering")
                : new Failure(Failure.Kind.TUNNEL_DOWN, "the upstream closed the connection during the handshake");
    }

    private static void field(String text, ByteBuf out) {
        out.writeByte(ByteBufUtil.utf8Bytes(text)); // 1 to 255: the options check it
        out.writeCharSequence(text, StandardCharsets.UTF_8);
    }

    private static void version(byte version, int expected) throws Failure {
        if (version != expected) {
            throw protocol("the upstream does not speak SOCKS 5");
        }
    }

    private static Failure protocol(String text) {
        return new Failure(Failure.Kind.TUNNEL_PROTOCOL, text);
    }
}
