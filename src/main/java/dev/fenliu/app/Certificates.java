package dev.fenliu.app;

import dev.fenliu.app.pair.Addressing;
import dev.fenliu.app.pair.Authority;
import dev.fenliu.app.pair.ServerFolder;
import dev.fenliu.config.Problems;
import dev.fenliu.engine.Config;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.model.Host;
import dev.fenliu.state.PrivateFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the certificate of a server that has a domain. What it does blocks. */
final class Certificates {
    private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

    /** A way for the authority's library, which would resolve names by itself. There while it is needed. */
    private static final String WAY = """
            listeners: [{type: mixed, name: way, listen: "127.0.0.1:0"}]
            rules: [{to: direct}]
            dns: {direct: [system]}
            api: {listen: off}
            """;

    private final ServerFolder server;
    private final InstantSource dates;
    /** Where the authority's questions arrive. */
    private final int port;

    Certificates(ServerFolder server, InstantSource dates, int port) {
        this.server = server;
        this.dates = dates;
        this.port = port;
    }

    /** From now on the certificate is of that authority. */
    static void choose(ServerFolder server, URI directory) throws IOException {
        PrivateFiles.write(server.file("authority"), directory + "\n");
    }

    /** Whether users can be told to trust the certificate that is there. */
    boolean isUsable() throws IOException {
        return !server.isManaged() || !Authority.isOwn(server.certificate());
    }

    /** Gets a certificate if it is time. @return whether there is a new one */
    boolean renew() throws IOException, InterruptedException, Stop {
        if (!server.isManaged() || !Authority.isDue(server.certificate(), dates.instant())) {
            return false;
        }
        if (!(server.host() instanceof Host.Name name)) {
            throw new IOException("an authority vouches for names, not for " + server.host());
        }
        String text = Files.readString(server.file("authority")).strip();
        Config config = ConfigReader.read("way", Optional.empty(), WAY, Catalog.PROTOCOLS, new Problems());
        if (config == null) {
            throw new IllegalStateException("the program's own config is broken");
        }
        Service way = new Service(
                new ConfigSource("way", Optional.empty()),
                config,
                StateFolder.path().resolve("way"));
        try {
            way.startQuietly(new Problems());
            InetSocketAddress proxy = way.address();
            new Authority(
                            URI.create(text),
                            ProxySelector.of(proxy),
                            new InetSocketAddress(Addressing.everywhere(), port))
                    .renew(name, server);
            LOG.info("a new certificate for {} is here", name);
            return true;
        } finally {
            way.close();
        }
    }
}
