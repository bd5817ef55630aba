package dev.fenliu.app.pair;

import dev.fenliu.config.Problems;
import dev.fenliu.config.Secret;
import dev.fenliu.engine.Traffic;
import dev.fenliu.engine.UserFile;
import dev.fenliu.engine.UserFile.User;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.net.SelfSigned;
import dev.fenliu.state.PrivateFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The folder of a tunnel's server end: an ordinary config, the users, the certificate and its key, and how home finds the
 * server. Made once; its owner alone can read it. Safe for concurrent use, also by several programs; blocks on the disk.
 */
public final class ServerFolder {
    private static final Duration CODE_VALIDITY = Duration.ofDays(1);
    private static final String MANAGED = " acme";

    private final Path folder;

    public ServerFolder(Path folder) {
        this.folder = folder;
    }

    /** Changes users. */
    @FunctionalInterface
    public interface Change {
        /**
         * Changes them in place.
         *
         * @throws IllegalArgumentException if that cannot be done, which leaves all as it is
         */
        void on(Map<String, User> users, Instant now);
    }

    /** The config. */
    public Path config() {
        return folder.resolve("config.yaml");
    }

    public Path users() {
        return folder.resolve("users.yaml");
    }

    public Path certificate() {
        return folder.resolve("cert.pem");
    }

    public Path privateKey() {
        return folder.resolve("key.pem");
    }

    public Path file(String name) {
        return folder.resolve(name);
    }

    public Path path() {
        return folder;
    }

    /** Whether it was made; the config is the last that is. */
    public boolean exists() {
        return Files.exists(config());
    }

    /**
     * Makes it, without a user.
     *
     * @param hosts the names and addresses that the server has; home is told the first
     * @param managed whether an authority's certificate will come; until then there is one of our own
     */
    public void make(List<Host> hosts, boolean managed, String config) throws IOException {
        PrivateFiles.folder(folder);
        SelfSigned own = SelfSigned.generate(hosts, Instant.now());
        PrivateFiles.write(certificate(), own.certificate());
        PrivateFiles.write(privateKey(), own.privateKey());
        address(hosts.get(0), managed);
        change((users, now) -> {});
        PrivateFiles.write(config(), config);
    }

    /** From now on home is told this host. */
    public void address(Host host, boolean managed) throws IOException {
        PrivateFiles.write(folder.resolve("address"), host + (managed ? MANAGED : "") + "\n");
    }

    /** Whether the certificate is of an authority. */
    public boolean isManaged() throws IOException {
        return addressLine().endsWith(MANAGED);
    }

    /** What home is told. */
    public Host host() throws IOException {
        try {
            return Host.parse(addressLine().split(" ", 2)[0]);
        } catch (IllegalArgumentException e) {
            throw new IOException(folder.resolve("address") + ": " + e.getMessage(), e);
        }
    }

    private String addressLine() throws IOException {
        return Files.readString(folder.resolve("address")).strip();
    }

    /** The users. @throws IOException if the file cannot be read; the message says why */
    public Map<String, User> read() throws IOException {
        Problems problems = new Problems();
        UserFile file = UserFile.read(users(), problems);
        if (file == null) {
            throw new IOException(problems.all().get(0).toString());
        }
        return file.users();
    }

    /** Changes users, one program at a time. @throws IllegalArgumentException what the change throws */
    public synchronized void change(Change change) throws IOException {
        locked((users, now) -> {
            change.on(users, now);
            PrivateFiles.write(users(), new UserFile(users(), users).text());
        });
    }

    /** What users have used. */
    public Map<String, Usage> usage() throws IOException {
        Path file = folder.resolve("usage");
        return Usage.parse(Files.exists(file) ? Files.readAllLines(file) : List.of());
    }

    /** Adds to it; those who are no users any more are forgotten. @return bytes of this month, by user */
    public synchronized Map<String, Long> count(Map<String, Traffic> more) throws IOException {
        Instant[] time = new Instant[1];
        Map<String, Usage> all = new TreeMap<>();
        locked((users, now) -> {
            time[0] = now;
            all.putAll(usage());
            more.forEach(
                    (name, traffic) -> all.put(name, Usage.plus(Optional.ofNullable(all.get(name)), traffic, now)));
            all.keySet().retainAll(users.keySet());
            if (!more.isEmpty()) {
                PrivateFiles.write(folder.resolve("usage"), Usage.text(all));
            }
        });
        Map<String, Long> month = new TreeMap<>();
        all.forEach((name, usage) -> month.put(name, usage.of(time[0])));
        return month;
    }

    /** Bytes of this month, by user. */
    public Map<String, Long> month() throws IOException {
        return count(Map.of());
    }

    private interface Work {
        void on(Map<String, User> users, Instant now) throws IOException;
    }

    private void locked(Work work) throws IOException {
        Path lock = folder.resolve("users.lock");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FileLock held = channel.lock();
            work.on(
                    new TreeMap<>(Files.exists(users()) ? read() : Map.of()),
                    Instant.now().truncatedTo(ChronoUnit.SECONDS));
            held.release();
        }
    }

    /** Gives a user a new code, and takes the key that there may be; makes the user if there is none. @return the code */
    public Secret invite(String name) throws IOException {
        Secret code = PairingString.newCode();
        change((users, now) -> {
            User before = users.get(name);
            users.put(
                    name,
                    new User(
                            Optional.empty(),
                            Optional.of(code),
                            Optional.of(now.plus(CODE_VALIDITY)),
                            Optional.empty(),
                            before == null ? 0 : before.traffic(),
                            before == null ? 0 : before.flows()));
        });
        return code;
    }

    /**
     * Changes what a user may use.
     *
     * @param traffic bytes a calendar month; 0 for no limit, empty to leave it
     * @param flows open at once; likewise
     */
    public void limit(String name, Optional<Long> traffic, Optional<Integer> flows) throws IOException {
        change((users, now) -> users.computeIfPresent(
                name,
                (same, user) -> new User(
                        user.key(),
                        user.code(),
                        user.until(),
                        user.used(),
                        traffic.orElse(user.traffic()),
                        flows.orElse(user.flows()))));
    }

    /**
     * Exchanges a user's code for a key.
     *
     * @param from where the user is, for the record
     * @throws IllegalArgumentException if the code was used with another key, has lapsed, or is gone; the message says so
     */
    public void exchange(String name, Secret key, String from) throws IOException {
        change((users, now) -> {
            User user = users.get(name);
            if (user == null || user.code().isEmpty()) {
                throw new IllegalArgumentException("there is no such code any more");
            }
            if (user.used().isPresent()) {
                if (user.key().isPresent() && same(user.key().get(), key)) {
                    return; // the answer to the first was lost
                }
                throw new IllegalArgumentException("this pairing string was used already, at "
                        + user.used().get().replace(" ", " from "));
            }
            if (user.until().isPresent() && now.isAfter(user.until().get())) {
                throw new IllegalArgumentException(
                        "this pairing string has lapsed at " + user.until().get());
            }
            users.put(
                    name,
                    new User(
                            Optional.of(key),
                            user.code(),
                            Optional.empty(),
                            Optional.of(now + " " + from),
                            user.traffic(),
                            user.flows()));
        });
    }

    private static boolean same(Secret a, Secret b) {
        return MessageDigest.isEqual(
                a.value().getBytes(StandardCharsets.UTF_8), b.value().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The string that is shown for a code.
     *
     * @param port that the server listens on
     */
    public PairingString string(String name, Secret code, int port) throws IOException {
        return new PairingString(
                name, new Destination(host(), port), code, isManaged() ? Optional.empty() : Optional.of(pin()));
    }

    /** The base64 of the SHA-256 of the certificate's public key. */
    private String pin() throws IOException {
        try {
            byte[] key = CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(certificate())))
                    .getPublicKey()
                    .getEncoded();
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
        } catch (GeneralSecurityException e) {
            throw new IOException(certificate() + ": " + e.getMessage(), e);
        }
    }
}
