package dev.fenliu.app.pair;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;

/** An authority in small: it asks for the word of HTTP-01 (RFC 8555), and signs for whatever name it was asked. */
final class FakeAuthority implements AutoCloseable {
    private final HttpServer server;
    private final int challenges;
    private final Instant from;
    private final Duration life;
    private final KeyPair keys;
    private final Set<String> nonces = ConcurrentHashMap.newKeySet();
    private volatile String thumbprint = "";
    private volatile String name = "";
    private volatile String state = "pending";
    private volatile String word = "pending";
    private volatile String chain = "";
    private final AtomicInteger issued = new AtomicInteger();

    /** @param challenges the port of loopback on which it asks */
    FakeAuthority(int challenges, Instant from, Duration life) throws Exception {
        this.challenges = challenges;
        this.from = from;
        this.life = life;
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        keys = generator.generateKeyPair();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                serve(exchange);
            } catch (Exception e) {
                throw new IOException(e);
            }
        });
        server.start();
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    URI directory() {
        return URI.create(url("/directory"));
    }

    int issued() {
        return issued.get();
    }

    private void serve(HttpExchange exchange) throws Exception {
        String path = exchange.getRequestURI().getPath();
        String nonce = "nonce" + System.nanoTime();
        nonces.add(nonce);
        exchange.getResponseHeaders().set("Replay-Nonce", nonce);
        JsonObject payload = new JsonObject();
        if (exchange.getRequestMethod().equals("POST")) {
            JsonObject jws = JsonParser.parseString(
                            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
                    .getAsJsonObject();
            JsonObject head = decoded(jws, "protected");
            if (!nonces.remove(head.get("nonce").getAsString())
                    || !head.get("url").getAsString().equals(url(path))) {
                exchange.sendResponseHeaders(400, -1);
                return;
            }
            payload = decoded(jws, "payload");
            if (head.has("jwk")) {
                thumbprint = thumbprint(head.getAsJsonObject("jwk"));
            }
        }
        switch (path) {
            case "/directory" -> send(exchange, 200, directoryJson());
            case "/nonce" -> exchange.sendResponseHeaders(200, -1);
            case "/account" -> {
                exchange.getResponseHeaders().set("Location", url("/account/1"));
                send(exchange, 201, json("status", "valid"));
            }
            case "/new-order" -> {
                name = payload.getAsJsonArray("identifiers")
                        .get(0)
                        .getAsJsonObject()
                        .get("value")
                        .getAsString();
                state = "pending";
                word = "pending";
                exchange.getResponseHeaders().set("Location", url("/order"));
                send(exchange, 201, order());
            }
            case "/order" -> send(exchange, 200, order());
            case "/authorization" -> send(exchange, 200, authorization());
            case "/challenge" -> {
                ask();
                send(exchange, 200, challenge());
            }
            case "/finalize" -> {
                chain = sign(Base64.getUrlDecoder().decode(payload.get("csr").getAsString()));
                state = "valid";
                send(exchange, 200, order());
            }
            case "/certificate" -> {
                exchange.getResponseHeaders().set("Content-Type", "application/pem-certificate-chain");
                byte[] body = chain.getBytes(StandardCharsets.US_ASCII);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
            default -> exchange.sendResponseHeaders(404, -1);
        }
    }

    private static JsonObject decoded(JsonObject jws, String part) {
        String text = new String(Base64.getUrlDecoder().decode(jws.get(part).getAsString()), StandardCharsets.UTF_8);
        return text.isEmpty() ? new JsonObject() : JsonParser.parseString(text).getAsJsonObject();
    }

    /** RFC 7638 section 3: the members in the order of their names. */
    private static String thumbprint(JsonObject jwk) throws Exception {
        String text = "{\"crv\":" + jwk.get("crv") + ",\"kty\":" + jwk.get("kty") + ",\"x\":" + jwk.get("x") + ",\"y\":"
                + jwk.get("y") + "}";
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private void ask() throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://127.0.0.1:" + challenges + "/.well-known/acme-challenge/tok"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        boolean good = answer.statusCode() == 200 && answer.body().equals("tok." + thumbprint);
        word = good ? "valid" : "invalid";
        state = good ? "ready" : "invalid";
    }

    private String sign(byte[] csr) throws Exception {
        PKCS10CertificationRequest request = new PKCS10CertificationRequest(csr);
        X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                new X500Name("CN=fake authority"),
                BigInteger.valueOf(issued.incrementAndGet()),
                Date.from(from),
                Date.from(from.plus(life)),
                new X500Name("CN=" + name),
                request.getSubjectPublicKeyInfo());
        builder.addExtension(
                Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
        X509Certificate made = new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        return "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder().encodeToString(made.getEncoded())
                + "\n-----END CERTIFICATE-----\n";
    }

    private JsonObject directoryJson() {
        JsonObject json = json("newNonce", url("/nonce"));
        json.addProperty("newAccount", url("/account"));
        json.addProperty("newOrder", url("/new-order"));
        json.addProperty("revokeCert", url("/revoke"));
        json.addProperty("keyChange", url("/change"));
        return json;
    }

    private JsonObject order() {
        JsonObject json = json("status", state);
        json.add("identifiers", array(identifier()));
        JsonArray authorizations = new JsonArray();
        authorizations.add(url("/authorization"));
        json.add("authorizations", authorizations);
        json.addProperty("finalize", url("/finalize"));
        if (state.equals("valid")) {
            json.addProperty("certificate", url("/certificate"));
        }
        return json;
    }

    private JsonObject identifier() {
        JsonObject json = json("type", "dns");
        json.addProperty("value", name);
        return json;
    }

    private JsonObject authorization() {
        JsonObject json = json("status", word);
        json.add("identifier", identifier());
        json.add("challenges", array(challenge()));
        return json;
    }

    private JsonObject challenge() {
        JsonObject json = json("type", "http-01");
        json.addProperty("status", word);
        json.addProperty("token", "tok");
        json.addProperty("url", url("/challenge"));
        return json;
    }

    private static JsonArray array(JsonObject one) {
        JsonArray array = new JsonArray();
        array.add(one);
        return array;
    }

    private static JsonObject json(String key, String value) {
        JsonObject json = new JsonObject();
        json.addProperty(key, value);
        return json;
    }

    private static void send(HttpExchange exchange, int status, JsonObject json) throws IOException {
        byte[] body = json.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
