package dev.fenliu.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** git and ssh through the proxy, on both roads. */
@Tag("program")
@Timeout(120)
class GitAndSshTest {
    @TempDir
    static Path folder;

    private static Split split;
    private static Path repository;

    @BeforeAll
    static void start() throws Exception {
        split = Split.start(folder, "trojan");
        repository = folder.resolve("site/repo.git");
        String git = Programs.require("git");
        Path work = folder.resolve("work");
        Programs.output(git, "init", "-q", "-b", "main", work.toString());
        Files.writeString(work.resolve("hello.txt"), "hello\n");
        Programs.output(git, "-C", work.toString(), "add", ".");
        Programs.output(
                git, "-C", work.toString(), "-c", "user.name=t", "-c", "user.email=t@x.test", "commit", "-qm", "hello");
        Programs.output(git, "clone", "-q", "--bare", work.toString(), repository.toString());
        Programs.output(git, "-C", repository.toString(), "update-server-info");
    }

    @AfterAll
    static void stop() throws Exception {
        split.close();
    }

    @Test
    void git_clones_over_http_through_the_proxy_on_both_roads() throws Exception {
        int port = Programs.freePort();
        try (AutoCloseable site = Programs.serve(
                folder.resolve("site.log"),
                Programs.require("python3"),
                "-m",
                "http.server",
                "--bind",
                "127.0.0.1",
                "--directory",
                repository.getParent().toString(),
                Integer.toString(port))) {
            Programs.awaitPort(port);
            for (String host : List.of(Split.TUNNELLED, Split.DIRECT)) {
                for (String scheme : List.of("http", "socks5h")) {
                    Path clone = folder.resolve("clone-" + host + scheme);
                    Programs.output(
                            Programs.require("git"),
                            "-c",
                            "http.proxy=" + scheme + "://127.0.0.1:" + split.port(),
                            "clone",
                            "-q",
                            "http://" + host + ":" + port + "/repo.git",
                            clone.toString());
                    assertThat(clone.resolve("hello.txt")).hasContent("hello\n");
                }
            }
            assertThat(Files.readString(folder.resolve("site.log")))
                    .contains("127.0.0.2 - -")
                    .contains("127.0.0.1 - -");
        }
    }

    @Test
    void ssh_runs_a_command_through_the_proxy_on_both_roads() throws Exception {
        String sshd = Programs.require("sshd");
        String nc = Programs.require("nc");
        Programs.requireFact(
                Programs.run(List.of(nc, "-h")).err().contains("-X proxy_protocol")
                        || Programs.run(List.of(nc, "-h")).out().contains("-X"),
                "netcat-openbsd is not installed");
        for (String key : List.of("host", "user")) {
            Programs.output(
                    Programs.require("ssh-keygen"),
                    "-q",
                    "-t",
                    "ed25519",
                    "-N",
                    "",
                    "-f",
                    folder.resolve(key).toString());
        }
        Files.copy(folder.resolve("user.pub"), folder.resolve("authorized"));
        int port = Programs.freePort();
        Files.writeString(folder.resolve("sshd_config"), """
                Port %d
                ListenAddress 127.0.0.1
                HostKey %s
                AuthorizedKeysFile %s
                StrictModes no
                UsePAM no
                PidFile none
                PermitRootLogin yes
                """.formatted(
                        port, folder.resolve("host"), folder.resolve("authorized")));
        Files.createDirectories(Path.of("/run/sshd"));
        try (AutoCloseable server = Programs.serve(
                folder.resolve("sshd.log"),
                sshd,
                "-D",
                "-e",
                "-f",
                folder.resolve("sshd_config").toString())) {
            Programs.awaitPort(port);
            for (Map.Entry<String, String> road : Map.of(Split.TUNNELLED, "127.0.0.2", Split.DIRECT, "127.0.0.1")
                    .entrySet()) {
                String out = Programs.output(
                        Programs.require("ssh"),
                        "-F",
                        "none",
                        "-i",
                        folder.resolve("user").toString(),
                        "-o",
                        "StrictHostKeyChecking=no",
                        "-o",
                        "UserKnownHostsFile=/dev/null",
                        "-o",
                        "LogLevel=ERROR",
                        "-o",
                        "BatchMode=yes",
                        "-o",
                        "ProxyCommand=" + nc + " -X 5 -x 127.0.0.1:" + split.port() + " %h %p",
                        "-p",
                        Integer.toString(port),
                        road.getKey(),
                        "echo from ${SSH_CONNECTION%% *}");
                assertThat(out).isEqualTo("from " + road.getValue() + "\n");
            }
        }
    }
}
