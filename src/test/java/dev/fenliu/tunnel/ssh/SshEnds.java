package dev.fenliu.tunnel.ssh;

import dev.fenliu.config.Secret;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Dialer;
import dev.fenliu.net.PacketSink;
import dev.fenliu.net.PacketTunnel;
import dev.fenliu.outbound.Outbound;
import dev.fenliu.outbound.TunnelContext;
import dev.fenliu.tunnel.Loopback;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyEncryptionContext;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;

/** Both ends of the tunnel as a program would run them, with keys of P-256 in the form of {@code ssh-keygen}. */
public final class SshEnds {
    private final Loopback here;
    private final Path folder;
    private final KeyPair host;
    private final KeyPair user;

    /** What clients have opened to their servers. */
    final Queue<Channel> connections = new ConcurrentLinkedQueue<>();

    public SshEnds(Loopback here, Path folder) throws IOException, GeneralSecurityException {
        this.here = here;
        this.folder = folder;
        this.host = pair();
        this.user = pair();
        write("host", host, null);
        write("user", user, null);
        Files.writeString(folder.resolve("authorized"), entry(user) + " anna\n");
    }

    static KeyPair pair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    static String entry(KeyPair pair) {
        return PublicKeyEntry.toString(pair.getPublic());
    }

    Path write(String name, KeyPair pair, OpenSSHKeyEncryptionContext encryption)
            throws IOException, GeneralSecurityException {
        Path file = folder.resolve(name);
        try (var out = Files.newOutputStream(file)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, name, encryption, out);
        }
        file.toFile().setReadable(false, false);
        file.toFile().setReadable(true, true);
        return file;
    }

    /** A server end of ours that takes {@link #user} and these; its port. */
    public int server(Map<String, Secret> users) throws Exception {
        SshListenerOptions options = new SshListenerOptions(
                new Secret(Files.readString(folder.resolve("host"))),
                Files.readString(folder.resolve("authorized")),
                true);
        return here.serve(new SshListenerType().open(options, here.listener("ssh", users)));
    }

    /** Writes who the server at {@code port} is. */
    public Path knownHosts(int port) throws IOException {
        String line = "[127.0.0.1]:" + port + " " + entry(host) + "\n";
        return Files.writeString(folder.resolve("known_hosts"), line, StandardCharsets.US_ASCII);
    }

    SshOptions options(int server) throws IOException {
        return new SshOptions(
                Loopback.local(server),
                System.getProperty("user.name"),
                Optional.of(folder.resolve("user")),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                knownHosts(server));
    }

    public Outbound client(int server) throws IOException {
        return client(options(server));
    }

    /** A client that knows the server of that file, and proves itself by what the agent holds. */
    public Outbound clientOfAgent(int server, Path agent, Path knownHosts) throws IOException {
        SshOptions key = options(server);
        return client(new SshOptions(
                key.server(),
                key.username(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(agent),
                knownHosts));
    }

    /** A client that knows the server of that file. */
    public Outbound client(int server, Path privateKey, Path knownHosts) throws IOException {
        SshOptions key = options(server);
        return client(new SshOptions(
                key.server(),
                key.username(),
                Optional.of(privateKey),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                knownHosts));
    }

    Outbound client(SshOptions options) throws IOException {
        Dialer recording = new Dialer() {
            @Override
            public Future<Channel> connect(Dial dial) {
                return here.direct.connect(dial).addListener((Future<Channel> made) -> {
                    if (made.isSuccess()) {
                        connections.add(made.getNow());
                    }
                });
            }

            @Override
            public Future<PacketTunnel> openPackets(Dial dial, PacketSink sink) {
                return here.direct.openPackets(dial, sink);
            }
        };
        return new SshType()
                .open(
                        "vps",
                        options,
                        new TunnelContext(recording, here.context().origins()));
    }
}
