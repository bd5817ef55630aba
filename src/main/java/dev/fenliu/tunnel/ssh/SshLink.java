package dev.fenliu.tunnel.ssh;

import dev.fenliu.model.Failure;
import dev.fenliu.net.Deadline;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Upstream;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.future.AuthFuture;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.helpers.AbstractSession;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;

/**
 * The connection to a server that all streams share: made when the first asks for it, again when it has gone, closed when
 * nobody has used it for a while. All connections of this kind live on one event loop of their own, since an agent may
 * have to ask its user before it signs. Safe for concurrent use.
 */
final class SshLink {
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final Duration SILENCE = Duration.ofSeconds(4);
    private static final long PACKET = 128 << 10;
    /** AES-GCM allows for more (RFC 4344 section 3.2). */
    static final long REKEY = 16L << 30;

    private static final Duration IDLE = Duration.ofSeconds(60);

    /** The fastest first; without those that a reader of the stream can change unseen (CBC). */
    static final List<NamedFactory<Cipher>> CIPHERS = List.of(
            BuiltinCiphers.aes128gcm,
            BuiltinCiphers.aes256gcm,
            BuiltinCiphers.aes128ctr,
            BuiltinCiphers.aes256ctr,
            BuiltinCiphers.cc20p1305_openssh);

    /** Made with the first outbound of the kind. */
    private static final class Shared {
        static final EventLoop LOOP = Sockets.loops(1).next();
    }

    private final Upstream upstream;
    private final SshLogin login;
    private final KnownHosts knownHosts;
    private final EventLoop loop = Shared.LOOP;
    private final SshClient client;
    private @Nullable Promise<ClientSession> current;
    private @Nullable SshConnection connection;
    private @Nullable String objection;
    private int streams;
    private long idle;
    private boolean retired;

    SshLink(Upstream upstream, SshLogin login, KnownHosts knownHosts) {
        this.upstream = upstream;
        this.login = login;
        this.knownHosts = knownHosts;
        this.client = SshClient.setUpDefaultClient();
        client.setServiceFactories(SshClient.DEFAULT_SERVICE_FACTORIES);
        client.setUserAuthFactories(SshClient.DEFAULT_USER_AUTH_FACTORIES);
        client.setCipherFactories(CIPHERS);
        List<KeyExchangeFactory> exchanges = new ArrayList<>(client.getKeyExchangeFactories());
        exchanges.sort(Comparator.comparing(one -> one.getName().startsWith("sntrup"))); // seconds of a small processor
        client.setKeyExchangeFactories(exchanges);
        client.setSignatureFactories(knownHosts.preferred(client.getSignatureFactories()));
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER); // never those of the user's home
        client.setServerKeyVerifier((session, address, key) -> verify(key));
        client.setScheduledExecutorService(loop, false);
        login.agent().ifPresent(socket -> client.setAgentFactory(SshAgentSocket.factory(socket)));
        CoreModuleProperties.REKEY_BYTES_LIMIT.set(client, REKEY);
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
        CoreModuleProperties.MAX_PACKET_SIZE.set(client, PACKET);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, 2);
    }

    /** On the event loop of links. */
    private boolean verify(PublicKey key) {
        objection = knownHosts.objection(key);
        return objection == null;
    }

    /** The connection, authenticated; completes on the event loop of links, with a {@link Failure} when it cannot be had. */
    Future<ClientSession> session() {
        Promise<ClientSession> asked = loop.newPromise();
        loop.execute(() -> {
            if (current == null) {
                current = loop.newPromise();
                connect(current);
            }
            current.addListener((Future<ClientSession> made) -> {
                if (made.isSuccess()) {
                    asked.trySuccess(made.getNow());
                } else {
                    asked.tryFailure(made.cause());
                }
            });
        });
        return asked;
    }

    private void connect(Promise<ClientSession> made) {
        objection = null;
        made.addListener(done -> {
            if (!done.isSuccess()) {
                forget(made);
            }
        });
        upstream.connect(Dial.own(upstream.server(), loop), channel -> {}).addListener((Future<Channel> reached) -> {
            if (reached.isSuccess()) {
                greet(reached.getNow(), made);
            } else {
                made.tryFailure(unnamed(reached.cause()));
            }
        });
    }

    /** The name of the outbound is put in front once, by those who asked. */
    private static Failure unnamed(Throwable failure) {
        Failure named = Failure.of(failure);
        return named.getCause() instanceof Failure inner ? inner : named;
    }

    private void greet(Channel channel, Promise<ClientSession> made) {
        SessionFactory handler = new SessionFactory(client);
        SshConnection io = new SshConnection(channel, handler);
        channel.closeFuture().addListener(closed -> {
            made.tryFailure(down("the server has closed the connection", null));
            forget(made);
        });
        Deadline deadline = Deadline.start(loop, HANDSHAKE, () -> made.tryFailure(down("no answer in time", null)));
        made.addListener(done -> {
            deadline.cancel();
            if (!done.isSuccess()) {
                channel.close();
            }
        });
        try {
            io.start();
            ClientSession session = (ClientSession) AbstractSession.getSession(io);
            login.offer(session);
            session.auth().addListener(auth -> loop.execute(() -> authenticated(session, auth, io, made)));
        } catch (Exception e) {
            made.tryFailure(down(String.valueOf(e.getMessage()), e));
        }
    }

    private void authenticated(ClientSession session, AuthFuture auth, SshConnection io, Promise<ClientSession> made) {
        if (auth.isSuccess()) {
            connection = io;
            streams = 0;
            if (retired) {
                rest();
            }
            made.trySuccess(session);
        } else if (objection != null) {
            made.tryFailure(new Failure(Failure.Kind.TUNNEL_CERTIFICATE, objection));
        } else if (session.isOpen() || isRefusal(auth.getException())) {
            String text = upstream.server() + " does not accept " + login.shown() + " of user " + login.username();
            made.tryFailure(new Failure(Failure.Kind.TUNNEL_PROTOCOL, text, auth.getException()));
        } else {
            Throwable why = auth.getException();
            made.tryFailure(down(why == null ? "the connection has ended" : String.valueOf(why.getMessage()), why));
        }
    }

    private static boolean isRefusal(@Nullable Throwable why) {
        return why != null && String.valueOf(why.getMessage()).contains("authentication methods");
    }

    private Failure down(String why, @Nullable Throwable cause) {
        return new Failure(Failure.Kind.TUNNEL_DOWN, "SSH with " + upstream.server() + ": " + why, cause);
    }

    private void forget(Promise<ClientSession> made) {
        if (current == made) {
            current = null;
            connection = null;
        }
    }

    /**
     * Counts a stream that is about to open. When the server says nothing at all for a while after that, its connection
     * is dead and the next stream gets another.
     */
    void watch(DirectTcpip channel) {
        SshConnection io = connection;
        Promise<ClientSession> used = current;
        if (io == null || used == null) {
            return;
        }
        streams++;
        idle++;
        long asked = loop.ticker().nanoTime();
        Deadline silence = Deadline.start(loop, SILENCE, () -> {
            if (io.lastRead() < asked) {
                forget(used);
                io.close(true);
            }
        });
        channel.addCloseFutureListener(closed -> loop.execute(() -> {
            silence.cancel();
            if (connection == io && --streams == 0) {
                rest();
            }
        }));
    }

    /** Whether the server was heard of so lately that it is there. */
    boolean isAlive() {
        SshConnection io = connection;
        return io != null
                && loop.ticker().nanoTime() - io.lastRead()
                        < HEARTBEAT.plus(HEARTBEAT).toNanos();
    }

    /** Nobody uses it now: closes it if that stays so. */
    private void rest() {
        SshConnection io = connection;
        Promise<ClientSession> used = current;
        long since = ++idle;
        Runnable end = () -> {
            if (io != null && used != null && io == connection && since == idle) {
                forget(used);
                io.close(false);
            }
        };
        if (retired) {
            end.run();
        } else {
            loop.schedule(end, IDLE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Closes it with the last stream. */
    void retire() {
        loop.execute(() -> {
            retired = true;
            if (streams == 0) {
                rest();
            }
        });
    }
}
