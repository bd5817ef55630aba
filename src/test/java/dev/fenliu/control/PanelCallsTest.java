package dev.fenliu.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays what dashboards for Clash call, and looks for what they read in the answers: see panels/calls.txt. */
@Timeout(120)
class PanelCallsTest {
    @TempDir
    private static Path folder;

    private static @Nullable PanelHouse house;
    private static String flow = "";

    @BeforeAll
    static void open() throws Exception {
        house = new PanelHouse(folder);
        flow = house.flow();
    }

    @AfterAll
    static void close() throws IOException {
        if (house != null) {
            house.close();
        }
    }

    static Stream<String> calls() throws IOException {
        try (InputStream in = Objects.requireNonNull(PanelCallsTest.class.getResourceAsStream("/panels/calls.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("calls")
    void a_call_is_answered_with_what_the_dashboard_reads(String line) throws Exception {
        PanelHouse there = Objects.requireNonNull(house);
        String[] parts = line.split(" *\\| *", -1);
        String path = parts[2].replace("{flow}", flow)
                .replace("{page}", there.page())
                .replace("{token}", there.served.token());
        PanelHouse.Answer answer = parts[1].equals("WS") ? there.first(path) : there.ask(parts[1], path, parts[3]);
        assertThat(answer.status()).as(answer.text()).isEqualTo(Integer.parseInt(parts[4]));
        assertThat(answer.status() == 204).isEqualTo(answer.text().isEmpty());
        for (String field : parts[5].split(" ", -1)) {
            if (!field.isEmpty()) {
                check(answer.json(), field);
            }
        }
    }

    /** @param field such as {@code proxies/🇯🇵/type:"Fallback"}; a blank of a key is an underscore */
    private static void check(JsonElement answer, String field) {
        int colon = field.lastIndexOf(':');
        String what = field.substring(colon + 1).replace("{flow}", flow);
        JsonElement at = answer;
        for (String key : field.substring(0, colon).split("/", -1)) {
            if (!key.isEmpty()) {
                at = at instanceof JsonArray array
                        ? array.get(Integer.parseInt(key))
                        : at.getAsJsonObject().get(key);
                assertThat(at).as(field + " of " + answer).isNotNull();
            }
        }
        boolean good = switch (what) {
            case "text" -> at instanceof JsonPrimitive text && text.isString();
            case "number" ->
                at instanceof JsonPrimitive number
                        && number.isNumber()
                        && number.getAsString().matches("-?[0-9]+");
            case "flag" -> at instanceof JsonPrimitive flag && flag.isBoolean();
            case "list" -> at instanceof JsonArray;
            case "map" -> at instanceof JsonObject;
            case "null" -> at instanceof JsonNull;
            case "time" -> Instant.parse(at.getAsString()).isAfter(Instant.MIN);
            default -> at.toString().equals(what);
        };
        assertThat(good).as(field + " is " + at).isTrue();
    }
}
