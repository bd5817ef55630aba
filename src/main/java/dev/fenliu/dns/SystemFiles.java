package dev.fenliu.dns;

import dev.fenliu.model.Addresses;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Where the operating system keeps its hosts and its resolvers. */
record SystemFiles(Path hosts, Path resolvers) {
    /** The resolver libraries of all systems ask at most three. */
    private static final int MAX_SERVERS = 3;

    /** Those of this machine. */
    static SystemFiles here() {
        String windows = System.getenv("SystemRoot");
        return new SystemFiles(
                windows == null ? Path.of("/etc/hosts") : Path.of(windows, "System32", "drivers", "etc", "hosts"),
                Path.of("/etc/resolv.conf"));
    }

    /** The {@code nameserver} lines of resolv.conf(5); none when there is no such file. */
    List<InetAddress> nameservers() {
        try {
            return Files.readString(resolvers, StandardCharsets.ISO_8859_1)
                    .lines()
                    .map(line -> line.strip().split("\\s+", -1))
                    .filter(words -> words.length > 1 && words[0].equals("nameserver"))
                    .map(words -> Addresses.parse(words[1]))
                    .filter(Objects::nonNull)
                    .distinct()
                    .limit(MAX_SERVERS)
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
