package dev.fenliu.engine;

import dev.fenliu.lan.Devices;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.GivenNames;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts together what is known of the machines of the local network and of those that have flows. */
final class Clients {
    private static final Comparator<Status.Device> ORDER = Comparator.comparingInt(
                    (Status.Device device) -> -device.flows())
            .thenComparing(device -> device.name().orElse("~"))
            .thenComparing(device -> Addresses.text(device.addresses().get(0)));

    private Clients() {}

    /**
     * The devices, those with the most flows first.
     *
     * @param flows how many each client has open
     * @param given how the user calls those of which only the address is known
     */
    static List<Status.Device> devices(List<Devices.Known> known, Map<InetAddress, Integer> flows, GivenNames given) {
        Map<InetAddress, Integer> others = new HashMap<>(flows);
        List<Status.Device> devices = new ArrayList<>();
        for (Devices.Known one : known) {
            int open = 0;
            for (InetAddress address : one.addresses()) {
                Integer here = others.remove(address);
                open += here == null ? 0 : here;
            }
            devices.add(new Status.Device(one.addresses(), one.mac(), one.name(), one.seen(), open));
        }
        others.forEach((address, open) -> devices.add(
                new Status.Device(List.of(address), Optional.empty(), given.of(address), Optional.empty(), open)));
        devices.sort(ORDER);
        return List.copyOf(devices);
    }
}
