package dev.fenliu.control.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import dev.fenliu.model.Addresses;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Flow;
import dev.fenliu.model.Host;
import dev.fenliu.model.Transport;
import dev.fenliu.route.Question;
import dev.fenliu.tally.Visit;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MovesTest {
    private static Visit visit(String client, String to, int count) {
        Flow flow = new Flow(
                1,
                Transport.TCP,
                "lan",
                new InetSocketAddress(Addresses.parse(client), 50_000),
                Destination.parse(to),
                Optional.empty());
        return new Visit(flow, Optional.empty(), count);
    }

    private static Optional<List<String>> direct(Question question) {
        return Optional.of(List.of("direct"));
    }

    @Test
    void those_whose_road_is_another_are_told_the_most_seen_first() {
        Moves moves = new Moves(
                MovesTest::direct,
                question -> Optional.of(
                        question.flow().destination().port() == 443 ? List.of("ai", "vps") : List.of("direct")));
        JsonArray told = moves.of(List.of(
                visit("10.0.0.1", "a.test:443", 2),
                visit("10.0.0.1", "a.test:80", 9),
                visit("10.0.0.1", "b.test:443", 5),
                visit("10.0.0.2", "a.test:443", 1)));
        assertThat(told)
                .hasToString("[{\"host\":\"b.test\",\"port\":443,\"network\":\"tcp\",\"from\":[\"direct\"],"
                        + "\"to\":[\"ai\",\"vps\"],\"seen\":5},"
                        + "{\"host\":\"a.test\",\"port\":443,\"network\":\"tcp\",\"from\":[\"direct\"],"
                        + "\"to\":[\"ai\",\"vps\"],\"seen\":3}]");
    }

    @Test
    void clients_of_whom_only_some_move_are_told_apart() {
        Moves moves = new Moves(
                MovesTest::direct,
                question -> Optional.of(List.of(
                        question.flow().source().getAddress().equals(Addresses.parse("10.0.0.2"))
                                ? "block"
                                : "direct")));
        JsonArray told = moves.of(List.of(visit("10.0.0.1", "a.test:443", 2), visit("10.0.0.2", "a.test:443", 1)));
        assertThat(told).hasSize(1);
        assertThat(told.get(0).getAsJsonObject().get("seen").getAsInt()).isEqualTo(1);
    }

    @Test
    void what_is_not_known_is_no_move_and_addresses_are_asked_about_with_their_name() {
        Moves unknown = new Moves(MovesTest::direct, question -> Optional.empty());
        assertThat(unknown.of(List.of(visit("10.0.0.1", "a.test:443", 2)))).isEmpty();
        Moves byName = new Moves(
                MovesTest::direct,
                question -> Optional.of(question.sniffed()
                        .map(name -> List.of(
                                name.value(), question.flow().destination().toString()))
                        .orElse(List.of("direct"))));
        Visit named =
                new Visit(visit("10.0.0.1", "203.0.113.9:443", 1).flow(), Optional.of(new Host.Name("named.test")), 1);
        assertThat(byName.of(List.of(named)).toString())
                .contains("\"host\":\"named.test\"", "\"to\":[\"named.test\",\"203.0.113.9:443\"]");
    }

    @Test
    void a_thousand_are_enough() {
        Moves moves = new Moves(MovesTest::direct, question -> Optional.of(List.of("block")));
        List<Visit> many = IntStream.range(0, 1_500)
                .mapToObj(i -> visit("10.0.0.1", "h" + i + ".test:443", i + 1))
                .toList();
        JsonArray told = moves.of(many);
        assertThat(told).hasSize(1_000);
        assertThat(told.get(0).getAsJsonObject().get("seen").getAsInt()).isEqualTo(1_500);
    }
}
