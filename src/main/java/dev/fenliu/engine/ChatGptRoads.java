package dev.fenliu.engine;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.route.Decision;
import dev.fenliu.route.Question;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the rules send what belongs to one visit of ChatGPT: a page that comes by two roads is a page that breaks.
 *
 * @param target where they send its first host
 * @param apart whether that is no tunnel, or they send another host elsewhere
 * @param findings first that about the first host, then those about hosts that go elsewhere
 */
public record ChatGptRoads(String target, boolean apart, List<Diagnosis.Finding> findings) {
    private static final List<String> ONE_VISIT = List.of(
            "chatgpt.com",
            "ws.chatgpt.com",
            "auth.openai.com",
            "api.openai.com",
            "cdn.oaistatic.com",
            "files.oaiusercontent.com",
            "challenges.cloudflare.com");

    private static final int HTTPS = 443;

    private record Road(String way, String rule) {}

    /** By the rules of a config. May read files. */
    public static ChatGptRoads of(Inquiry inquiry) {
        String first = ONE_VISIT.get(0);
        Road road = road(first, inquiry);
        String target = road.way;
        boolean tunnelled = !inquiry.tunnels(target).isEmpty();
        List<Diagnosis.Finding> findings = new ArrayList<>();
        findings.add(new Diagnosis.Finding(
                tunnelled ? Diagnosis.Verdict.OK : Diagnosis.Verdict.FAIL,
                "rules",
                first + " goes to " + target + " (" + road.rule + ")",
                tunnelled ? "" : "a rule such as {rule-set: openai, to: GROUP} before it sends it to a tunnel"));
        for (String host : ONE_VISIT.subList(1, ONE_VISIT.size())) {
            Road other = road(host, inquiry);
            if (!other.way.equals(target)) {
                findings.add(new Diagnosis.Finding(
                        Diagnosis.Verdict.WARN,
                        "rules",
                        host + " goes another way: to " + other.way + " (" + other.rule + ")",
                        "a visit must come from one address: {domain-suffix: " + host + ", to: " + target
                                + "} before that rule"));
            }
        }
        return new ChatGptRoads(target, !tunnelled || findings.size() > 1, List.copyOf(findings));
    }

    private static Road road(String host, Inquiry inquiry) {
        Flow flow = new Flow(
                0,
                Transport.TCP,
                "",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new Destination(new Host.Name(host), HTTPS),
                Optional.empty());
        Inquiry.Answer answer = inquiry.ask(Question.of(flow));
        String way = answer.decision()
                .map(decision -> decision instanceof Decision.Via via ? via.outbound() : "block")
                .orElse("a rule that asks for its addresses first");
        String rule = answer.decision()
                .map(Decision::rule)
                .or(answer::needsAddress)
                .map(ref -> ref.position().toString())
                .orElse("");
        return new Road(way, rule);
    }
}
