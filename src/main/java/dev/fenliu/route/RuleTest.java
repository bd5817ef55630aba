package dev.fenliu.route;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.model.Device;
import dev.fenliu.model.Flow;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * A test of the rules, written in the configuration: this flow must go there.
 *
 * @param addresses what a look-up of the host's name is taken to answer; empty when the test does not say
 * @param device the client's; empty when the test names none
 * @param to the target that the rules must give
 */
public record RuleTest(
        ConfigNode node, Flow flow, Optional<List<InetAddress>> addresses, Optional<Device> device, String to) {}
