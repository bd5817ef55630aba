package dev.fenliu.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Four machines as network namespaces: {@code client} - {@code box} - {@code origin} - {@code server}. The box does not
 * forward, so that whatever the origin gets came through the program; the origin forwards between the box and the server,
 * where a tunnel ends. Addresses end in .1 on the side of the box, and in ::1.
 */
public final class Village implements AutoCloseable {
    static final List<String> MACHINES = List.of("client", "box", "origin", "server");

    /** What the origin sees as the source of what comes from the box and from the server, over IPv4 and IPv6. */
    static final List<String> BOX = List.of("198.51.100.1", "2001:db8:100::1");

    static final List<String> SERVER = List.of("203.0.113.1", "2001:db8:113::1");

    /** Addresses of the origin. */
    static final List<String> DIRECT = List.of("198.51.100.2", "2001:db8:100::2");

    static final List<String> TUNNELLED = List.of("198.51.100.3", "2001:db8:100::3");
    static final List<String> BLOCKED = List.of("198.51.100.4", "2001:db8:100::4");

    private final String prefix = "fenliu" + ProcessHandle.current().pid() + "-";
    private final String ip;

    private Village(String ip) {
        this.ip = ip;
    }

    /** Builds it; the test is skipped where that is not possible. */
    public static Village build() throws Exception {
        Village village = new Village(Programs.require("ip"));
        Programs.require("nft");
        Programs.requireFact(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "network namespaces are root's");
        boolean allowed = Programs.run(List.of(village.ip, "netns", "add", village.name("client")))
                        .code()
                == 0;
        Programs.requireFact(allowed, "no network namespaces here");
        try {
            village.connect();
        } catch (Exception | AssertionError e) {
            village.close();
            throw e;
        }
        return village;
    }

    private void connect() throws Exception {
        for (String machine : MACHINES) {
            if (!machine.equals("client")) {
                Programs.output(ip, "netns", "add", name(machine));
            }
            ip(machine, "link set lo up");
        }
        Programs.output(command(
                        "origin",
                        "sh",
                        "-c",
                        "echo 1 >/proc/sys/net/ipv4/ip_forward;" + " echo 1 >/proc/sys/net/ipv6/conf/all/forwarding")
                .toArray(String[]::new));
        link("box", "lan", "client", "192.168.77.", "2001:db8:77::");
        link("box", "wan", "origin", "198.51.100.", "2001:db8:100::");
        link("server", "wan", "origin", "203.0.113.", "2001:db8:113::");
        for (int more = 3; more <= 4; more++) {
            ip("origin", "addr add 198.51.100." + more + "/24 dev box");
            ip("origin", "addr add 2001:db8:100::" + more + "/64 dev box nodad");
        }
        for (String way : List.of("client 192.168.77.1", "box 198.51.100.2", "server 203.0.113.2")) {
            String[] words = way.split(" ", -1);
            ip(words[0], "route add default via " + words[1]);
        }
        for (String way : List.of("client 2001:db8:77::1", "box 2001:db8:100::2", "server 2001:db8:113::2")) {
            String[] words = way.split(" ", -1);
            ip(words[0], "-6 route add default via " + words[1]);
        }
    }

    private void link(String near, String device, String far, String four, String six) throws Exception {
        ip(near, "link add " + device + " type veth peer name " + near + " netns " + name(far));
        for (String end : List.of(near + " " + device + " 1", far + " " + near + " 2")) {
            String[] words = end.split(" ", -1);
            ip(words[0], "addr add " + four + words[2] + "/24 dev " + words[1]);
            ip(words[0], "addr add " + six + words[2] + "/64 dev " + words[1] + " nodad");
            ip(words[0], "link set " + words[1] + " up");
        }
    }

    private void ip(String machine, String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(ip, "-n", name(machine)));
        command.addAll(List.of(arguments.split(" ", -1)));
        Programs.output(command.toArray(String[]::new));
    }

    private String name(String machine) {
        return prefix + machine;
    }

    /** The same command on one of the machines. */
    public List<String> command(String machine, List<String> command) {
        List<String> there = new ArrayList<>(List.of(ip, "netns", "exec", name(machine)));
        there.addAll(command);
        return there;
    }

    public List<String> command(String machine, String... command) {
        return command(machine, List.of(command));
    }

    /** Runs a command on one of the machines to its end. */
    public Programs.Result run(String machine, List<String> command) throws IOException, InterruptedException {
        return Programs.run(command(machine, command));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (String machine : MACHINES) {
            Programs.run(List.of(ip, "netns", "del", name(machine)));
        }
    }
}
