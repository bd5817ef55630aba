package dev.fenliu.app.pair;

import com.sun.net.httpserver.HttpServer;
import dev.fenliu.model.Host;
import dev.fenliu.state.PrivateFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.util.KeyPairUtils;

/**
 * Gets certificates from an authority (ACME, RFC 8555), which asks for a word at port 80 of the name (HTTP-01, section
 * 8.3). The key of the certificate stays the same, so that a pin of it stays good, and nothing ever stands beside a
 * certificate that does not fit. The only class that loads the library for it. Blocks.
 */
public final class Authority {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String PATH = "/.well-known/acme-challenge/";

    private final URI directory;
    private final ProxySelector way;
    private final InetSocketAddress challenges;

    /**
     * @param directory of the authority
     * @param way to it: a proxy, as names are not resolved here behind anybody's back
     * @param challenges where its questions arrive: port 80 of all addresses
     */
    public Authority(URI directory, ProxySelector way, InetSocketAddress challenges) {
        this.directory = directory;
        this.way = way;
        this.challenges = challenges;
    }

    /** Whether two thirds of the certificate's life are over, or it is one of our own. */
    public static boolean isDue(Path certificate, Instant now) throws IOException {
        X509Certificate held = read(certificate);
        Instant from = held.getNotBefore().toInstant();
        Duration life = Duration.between(from, held.getNotAfter().toInstant());
        return isOwn(held) || now.isAfter(from.plus(life.multipliedBy(2).dividedBy(3)));
    }

    /** Whether the certificate is one of our own, for which no authority vouches. */
    public static boolean isOwn(Path certificate) throws IOException {
        return isOwn(read(certificate));
    }

    private static boolean isOwn(X509Certificate certificate) {
        return certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal());
    }

    /**
     * Puts a new certificate for {@code name} in the place of the old.
     *
     * @throws IOException if there is none to be had; the message says why, and all is as it was
     */
    public void renew(Host.Name name, ServerFolder server) throws IOException, InterruptedException {
        if (Security.getProvider(BouncyCastleProvider.PROVIDER_NAME) == null) {
            Security.addProvider(new BouncyCastleProvider()); // after all others: the library asks for it by name
        }
        Map<String, String> words = new ConcurrentHashMap<>();
        HttpServer answers = answers(words);
        try {
            Session session = new Session(directory);
            session.networkSettings().setProxySelector(way);
            Login login = new AccountBuilder()
                    .agreeToTermsOfService()
                    .useKeyPair(account(server.file("account.key")))
                    .createLogin(session);
            Order order = login.newOrder().domain(name.value()).create();
            for (Authorization authorization : order.getAuthorizations()) {
                prove(authorization, words);
            }
            order.waitUntilReady(PATIENCE);
            order.execute(keys(server));
            Status status = order.waitForCompletion(PATIENCE);
            if (status != Status.VALID) {
                throw new IOException("the authority gave no certificate: "
                        + order.getError().map(Object::toString).orElse(status.toString()));
            }
            StringWriter chain = new StringWriter();
            order.getCertificate().writeCertificate(chain);
            PrivateFiles.write(server.certificate(), chain.toString());
        } catch (AcmeException e) {
            throw new IOException("the authority at " + directory.getHost() + ": " + e.getMessage(), e);
        } catch (GeneralSecurityException e) {
            throw new IOException(server.privateKey() + ": " + e.getMessage(), e);
        } finally {
            answers.stop(0);
        }
    }

    private HttpServer answers(Map<String, String> words) throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(challenges, 0);
        } catch (IOException e) {
            throw new IOException(
                    "port " + challenges.getPort() + ", where the authority asks, cannot be had: " + e.getMessage(), e);
        }
        server.createContext(PATH, exchange -> {
            try (exchange) {
                String word = words.get(exchange.getRequestURI().getPath().substring(PATH.length()));
                byte[] body = word == null ? new byte[0] : word.getBytes(StandardCharsets.US_ASCII);
                exchange.sendResponseHeaders(word == null ? 404 : 200, body.length == 0 ? -1 : body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        return server;
    }

    private static void prove(Authorization authorization, Map<String, String> words)
            throws IOException, AcmeException, InterruptedException {
        if (authorization.getStatus() == Status.VALID) {
            return;
        }
        Http01Challenge challenge = authorization
                .findChallenge(Http01Challenge.class)
                .orElseThrow(() -> new IOException("the authority does not ask at port 80"));
        words.put(challenge.getToken(), challenge.getAuthorization());
        challenge.trigger();
        if (challenge.waitForCompletion(PATIENCE) != Status.VALID) {
            String why =
                    challenge.getError().flatMap(problem -> problem.getDetail()).orElse("it found no answer");
            throw new IOException("the authority could not see that the name is ours: " + why
                    + "\nDoes its DNS record lead to this machine, and is TCP port 80 open in all firewalls?");
        }
    }

    private static KeyPair account(Path file) throws IOException {
        if (!Files.exists(file)) {
            StringWriter text = new StringWriter();
            KeyPairUtils.writeKeyPair(KeyPairUtils.createECKeyPair("secp256r1"), text);
            PrivateFiles.write(file, text.toString());
        }
        return KeyPairUtils.readKeyPair(new StringReader(Files.readString(file)));
    }

    private static KeyPair keys(ServerFolder server) throws IOException, GeneralSecurityException {
        String pem = Files.readString(server.privateKey()).replaceAll("-----[^-]+-----|\\s", "");
        return new KeyPair(
                read(server.certificate()).getPublicKey(),
                KeyFactory.getInstance("EC")
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))));
    }

    private static X509Certificate read(Path certificate) throws IOException {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(certificate)));
        } catch (GeneralSecurityException e) {
            throw new IOException(certificate + ": " + e.getMessage(), e);
        }
    }
}
