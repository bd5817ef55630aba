package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Remark;
import dev.fenliu.dns.FakeOptions;
import dev.fenliu.inbound.transparent.TransparentType;
import dev.fenliu.model.Addresses;
import dev.fenliu.route.list.Cidr;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

/** Finds out whether somebody real has fake addresses, and whether anybody is told them and brings them back. */
final class FakeIpCheck {
    private final List<Cidr> ranges;
    private final ConfigNode at;
    private final Problems problems;

    private FakeIpCheck(FakeOptions options, ConfigNode at, Problems problems) {
        this.ranges = List.of(options.ranges().ipv4(), options.ranges().ipv6());
        this.at = at;
        this.problems = problems;
    }

    /** @param at where {@code fake-ip} is */
    static void check(FakeOptions options, List<ListenerPlan<?>> listeners, ConfigNode at, Problems problems) {
        if (options.on()) {
            FakeIpCheck check = new FakeIpCheck(options, at, problems);
            check.addresses(listeners);
            check.listeners(listeners);
        }
    }

    private void addresses(List<ListenerPlan<?>> listeners) {
        for (ListenerPlan<?> plan : listeners) {
            InetAddress address = plan.settings().listen().getAddress();
            refuse(
                    address,
                    address.getAddress().length * 8,
                    "listener \"" + plan.settings().name() + "\"");
        }
        try {
            NetworkInterface.networkInterfaces()
                    .forEach(device -> device.getInterfaceAddresses()
                            .forEach(own -> refuse(
                                    own.getAddress(), own.getNetworkPrefixLength(), "interface " + device.getName())));
        } catch (SocketException e) {
            // without the list, the listeners are still known
        }
    }

    private void refuse(InetAddress address, int prefix, String whose) {
        InetAddress plain = Addresses.plain(address);
        int bits = plain.getAddress().length * 8;
        Cidr taken = new Cidr(plain, prefix > 0 && prefix <= bits ? prefix : bits);
        for (Cidr range : ranges) {
            int common = Math.min(range.prefix(), taken.prefix());
            if (range.isV4() == taken.isV4()
                    && new Cidr(range.network(), common).equals(new Cidr(taken.network(), common))) {
                problems.error(
                        at,
                        "\"fake-ip\": " + range + " is not free: " + whose + " is in it with " + taken,
                        "choose another network for `" + (range.isV4() ? "ipv4" : "ipv6") + "`");
            }
        }
    }

    private void listeners(List<ListenerPlan<?>> listeners) {
        if (listeners.stream().noneMatch(plan -> plan.type().name().equals("dns"))) {
            problems.warning(
                    at,
                    Remark.of("fake-ip-untold"),
                    "\"fake-ip\": nobody is told fake addresses, as there is no listener of type dns",
                    "add {type: dns, listen: \"[::]:53\", lan: trusted}");
        }
        if (listeners.stream().noneMatch(plan -> plan.type() instanceof TransparentType)) {
            problems.warning(
                    at,
                    Remark.of("fake-ip-unreached"),
                    "\"fake-ip\": nothing brings what is sent to fake addresses here, as there is no listener of type tproxy"
                            + " or redirect",
                    "add {type: tproxy, listen: \"[::]:7893\", lan: trusted}, then run `fenliu gateway up`");
        }
    }
}
