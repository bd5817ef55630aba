package dev.fenliu.route;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Device;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * What the router is asked.
 *
 * @param sniffed the host name that the client's first bytes named, if they were looked at and named one
 * @param protocol what the first bytes are: tls, http, quic, …
 * @param addresses the answer of a look-up of the destination's name; empty when it has not been asked, an empty list
 *     when the name has no address
 * @param process the program that opened the flow; empty when it has not been looked for, an empty text when unknown
 * @param device the machine that the flow comes from; empty when it has not been looked for
 * @param fromRule where to go on after the answer to a {@link Verdict.Needs}
 */
public record Question(
        Flow flow,
        Optional<Host.Name> sniffed,
        Optional<String> protocol,
        Optional<List<InetAddress>> addresses,
        Optional<String> process,
        Optional<Device> device,
        int fromRule) {
    /** The first question about a flow. */
    public static Question of(Flow flow) {
        return new Question(
                flow, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0);
    }

    /** The same question with what the first bytes told. */
    public Question sniffed(Optional<Host.Name> name, Optional<String> seen) {
        return new Question(flow, name, seen, addresses, process, device, fromRule);
    }

    /** The question about the host that the first bytes named, if the client had asked for another by name. */
    public Optional<Question> aboutSniffed() {
        Destination asked = flow.destination();
        if (!(asked.host() instanceof Host.Name)
                || sniffed.isEmpty()
                || asked.host().equals(sniffed.get())) {
            return Optional.empty();
        }
        Flow other = new Flow(
                flow.id(),
                flow.transport(),
                flow.listener(),
                flow.source(),
                new Destination(sniffed.get(), asked.port()),
                flow.user());
        return Optional.of(of(other).sniffed(sniffed, protocol));
    }

    /** The same question with the look-up's answer. */
    public Question resolved(List<InetAddress> answer, int from) {
        return new Question(flow, sniffed, protocol, Optional.of(answer), process, device, from);
    }

    /** The same question with the program's name, empty when it could not be found. */
    public Question process(String name, int from) {
        return new Question(flow, sniffed, protocol, addresses, Optional.of(name), device, from);
    }

    /** The same question with what could be found out of the client's machine. */
    public Question device(Device found, int from) {
        return new Question(flow, sniffed, protocol, addresses, process, Optional.of(found), from);
    }

    /** The same question as if what is needed could not be found out, or were of no client. */
    public Question without(Verdict.Needs needs) {
        return switch (needs.what()) {
            case ADDRESSES -> resolved(List.of(), needs.rule());
            case PROCESS -> process("", needs.rule());
            case DEVICE -> device(Device.HERE, needs.rule());
        };
    }
}
