package dev.fenliu.control.rules;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.fenliu.model.Addresses;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;

/** The network interfaces of this machine that look like a VPN that is up. */
final class Interfaces {
    private static final Path SYSTEM = Path.of("/sys/class/net");

    private Interfaces() {}

    static JsonArray json() {
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
                    found.inetAddresses().forEach(address -> addresses.add(Addresses.text(address)));
                    object.add("addresses", addresses);
                    all.add(object);
                }
            }
        } catch (IOException e) {
            return all; // the system tells nothing
        }
        return all;
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
