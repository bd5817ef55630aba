package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.model.Addresses;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The network interfaces of this machine: those that look like a VPN, and those of the network at home. */
final class Interfaces {
    private static final Path SYSTEM = Path.of("/sys/class/net");

    /** Links of containers and of machines inside this one. */
    private static final Pattern INSIDE =
            Pattern.compile("(docker|podman|veth|virbr|vmnet|lxc|cni)[^.]*|br-[0-9a-f]{12}");

    private Interfaces() {}

    /**
     * Those that look like a VPN.
     *
     * @param used the outbound of each interface that has one
     */
    static JsonArray json(Map<String, String> used) {
        JsonArray all = new JsonArray();
        try {
            for (NetworkInterface found : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                String kind = kind(found.getName(), SYSTEM);
                if (!found.isLoopback() && !kind.isEmpty()) {
                    JsonObject object = new JsonObject();
                    object.addProperty("name", found.getName());
                    object.addProperty("kind", kind);
                    object.addProperty("up", found.isUp());
                    JsonArray addresses = new JsonArray();
                    found.inetAddresses()
                            .filter(address -> !address.isLinkLocalAddress())
                            .sorted(Comparator.comparingInt(address -> address.getAddress().length))
                            .forEach(address -> addresses.add(Addresses.text(address)));
                    object.add("addresses", addresses);
                    object.addProperty("outbound", used.get(found.getName()));
                    all.add(object);
                }
            }
        } catch (IOException e) {
            return all; // the system tells nothing
        }
        return all;
    }

    /** The private IPv4 addresses by which other devices reach this machine: those of no tunnel and of no container. */
    static List<InetAddress> home() {
        List<InetAddress> home = new ArrayList<>();
        try {
            for (NetworkInterface found : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                boolean link = found.isUp() && !found.isLoopback() && !found.isPointToPoint();
                if (link
                        && !INSIDE.matcher(found.getName()).matches()
                        && kind(found.getName(), SYSTEM).isEmpty()) {
                    found.inetAddresses()
                            .filter(address -> address instanceof Inet4Address && Addresses.isPrivate(address))
                            .filter(address -> !address.isLinkLocalAddress())
                            .forEach(home::add);
                }
            }
        } catch (IOException e) {
            return home; // the system tells nothing
        }
        return home;
    }

    /**
     * What kind of tunnel it is, by what Linux says of it, else by its name; empty if it is none.
     *
     * @param system where Linux tells of interfaces
     */
    static String kind(String name, Path system) {
        try {
            if (Files.readString(system.resolve(name).resolve("uevent")).contains("DEVTYPE=wireguard")) {
                return "wireguard";
            }
            if (Files.exists(system.resolve(name).resolve("tun_flags"))) {
                return "tun";
            }
        } catch (IOException e) {
            // another system
        }
        for (String kind : new String[] {"wg", "tun", "utun", "ppp", "tap"}) {
            if (name.matches(kind + "[0-9].*")) {
                return kind.equals("wg") ? "wireguard" : kind.equals("utun") ? "tun" : kind;
            }
        }
        return "";
    }
}
