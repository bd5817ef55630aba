package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.fenliu.config.Problems;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Route;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Reason;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written of the API is what there is of it, and the reverse. */
class OpenApiTest {
    @TempDir
    private Path state;

    private Service service;
    private JsonObject document;
    private Map<String, Route> routes;

    @BeforeEach
    void read() throws Exception {
        Problems problems = new Problems();
        ConfigSource source = ConfigSource.defaults();
        service = new Service(source, Objects.requireNonNull(source.read(problems)), state);
        routes = new TreeMap<>();
        for (Route route : service.routes()) {
            if (route.pattern().startsWith("/api/") || route.pattern().matches("/(healthz|readyz|metrics)")) {
                routes.put(route.method() + " " + route.pattern(), route);
            }
        }
        Route itself = Objects.requireNonNull(routes.get("GET /api/v1/openapi.json"));
        document = itself.answer(call()).getNow().json().getAsJsonObject();
    }

    @AfterEach
    void close() {
        service.close();
    }

    private static Call call() {
        InetSocketAddress nowhere = new InetSocketAddress(0);
        return new Call(
                HttpMethod.GET,
                "/api/v1/openapi.json",
                Map.of(),
                Map.of(),
                new DefaultHttpHeaders(),
                "",
                Optional.empty(),
                nowhere.getAddress(),
                nowhere,
                new io.netty.channel.DefaultEventLoop());
    }

    private Map<String, JsonObject> operations() {
        Map<String, JsonObject> operations = new TreeMap<>();
        document.getAsJsonObject("paths")
                .entrySet()
                .forEach(path -> path.getValue()
                        .getAsJsonObject()
                        .entrySet()
                        .forEach(operation -> operations.put(
                                operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                operation.getValue().getAsJsonObject())));
        return operations;
    }

    @Test
    void every_route_is_described_and_every_description_has_a_route() {
        assertThat(operations().keySet()).containsExactlyElementsOf(routes.keySet());
    }

    @Test
    void the_scope_is_that_of_the_route() {
        Map<String, String> written = new TreeMap<>();
        Map<String, String> real = new TreeMap<>();
        operations().forEach((name, operation) -> {
            String scope = operation.get("x-scope").toString();
            written.put(name, scope);
            assertThat(operation.getAsJsonArray("security").isEmpty()).as(name).isEqualTo(scope.equals("null"));
        });
        routes.forEach((name, route) -> real.put(
                name, route.scope() == null ? "null" : '"' + route.scope().text() + '"'));
        assertThat(written).isEqualTo(real);
    }

    @Test
    void captures_are_parameters_and_references_lead_somewhere() {
        operations().forEach((name, operation) -> {
            TreeSet<String> captures = new TreeSet<>();
            TreeSet<String> described = new TreeSet<>();
            for (String part : List.of(name.split("/"))) {
                if (part.startsWith("{")) {
                    captures.add(part.substring(1, part.length() - 1));
                }
            }
            if (operation.has("parameters")) {
                for (JsonElement parameter : operation.getAsJsonArray("parameters")) {
                    if (parameter.getAsJsonObject().get("in").getAsString().equals("path")) {
                        described.add(parameter.getAsJsonObject().get("name").getAsString());
                    }
                }
            }
            assertThat(described).as(name).isEqualTo(captures);
            assertThat(operation.getAsJsonObject("responses").size()).as(name).isGreaterThan(1);
        });
        for (String reference : document.toString().split("\"\\$ref\":\"", -1)) {
            if (reference.startsWith("#/")) {
                JsonElement at = document;
                for (String step :
                        reference.substring(2, reference.indexOf('"')).split("/", -1)) {
                    at = at.getAsJsonObject().get(step);
                    assertThat(at)
                            .as(reference.substring(0, reference.indexOf('"')))
                            .isNotNull();
                }
            }
        }
        assertThat(document.get("openapi").getAsString()).isEqualTo("3.1.0");
    }

    /** As strings of the calls that make remarks, in the files that do. */
    private static List<String> strings(Pattern call) throws IOException {
        List<String> strings = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file);
                if (text.contains("Remark")) {
                    call.matcher(text)
                            .results()
                            .flatMap(one -> Pattern.compile("\"([a-zA-Z-]+)\"")
                                    .matcher(one.group(1))
                                    .results())
                            .forEach(found -> strings.add(found.group(1)));
                }
            }
        }
        return strings;
    }

    @Test
    void what_comes_in_pages_is_asked_for_by_offset_and_limit() {
        List<String> paged = new ArrayList<>();
        operations().forEach((name, operation) -> {
            if (operation.getAsJsonObject("responses").toString().contains("\"offset\":{")) {
                paged.add(name);
                assertThat(operation.get("parameters").toString())
                        .as(name)
                        .contains("\"name\":\"offset\"", "\"name\":\"limit\"");
            }
        });
        assertThat(paged).hasSizeGreaterThan(8);
    }

    @Test
    void every_reason_and_every_refusal_is_written_of_and_has_words_in_chinese() throws Exception {
        TreeSet<String> made = new TreeSet<>();
        for (Failure.Kind kind : Failure.Kind.values()) {
            made.add(Reason.of(new Failure(kind, "")).code());
        }
        TreeSet<String> refusals = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/dev/fenliu"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file);
                made.addAll(found("new Reason\\(\\s*\"([a-z-]+)\"", text));
                if (file.startsWith("src/main/java/dev/fenliu/control")) {
                    refusals.addAll(found("HttpResponseStatus\\.([A-Z_]+)", text));
                }
            }
        }
        TreeSet<String> written = new TreeSet<>();
        for (JsonElement code : document.getAsJsonObject("components")
                .getAsJsonObject("schemas")
                .getAsJsonObject("ReasonCode")
                .getAsJsonArray("enum")) {
            if (!code.isJsonNull()) {
                written.add(code.getAsString());
            }
        }
        assertThat(written).isEqualTo(made).contains("tunnel-down", "held-back", "bad-answer");
        String chinese = Files.readString(Path.of("src/main/resources/web/assets/i18n/zh-warnings.js"));
        assertThat(made).allMatch(code -> chinese.contains("'failure." + code + "': '"));
        for (String name : refusals) {
            HttpResponseStatus status =
                    (HttpResponseStatus) HttpResponseStatus.class.getField(name).get(null);
            if (status.code() >= 400) {
                assertThat(chinese).contains("'status." + status.code() + "': '");
            }
        }
    }

    private static List<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(one -> one.group(1))
                .toList();
    }

    @Test
    void every_code_of_a_warning_is_written_of_and_has_words_in_chinese() throws Exception {
        TreeSet<String> made = new TreeSet<>(strings(Pattern.compile("\\b(?:Remark\\.of|about|at)\\(([^;)]*)\\)")));
        assertThat(made.remove("more-")).isTrue();
        made.addAll(List.of("more-errors", "more-warnings"));
        JsonObject problem = document.getAsJsonObject("components")
                .getAsJsonObject("schemas")
                .getAsJsonObject("Problem")
                .getAsJsonObject("properties");
        TreeSet<String> written = new TreeSet<>();
        for (JsonElement code : problem.getAsJsonObject("code").getAsJsonArray("enum")) {
            if (!code.isJsonNull()) {
                written.add(code.getAsString());
            }
        }
        assertThat(written).isEqualTo(made).hasSizeGreaterThan(30);
        String chinese = Files.readString(Path.of("src/main/resources/web/assets/i18n/zh-warnings.js"));
        assertThat(made).allMatch(code -> chinese.contains("'warning." + code + "': '"));
        List<String> names = strings(Pattern.compile("\\.with\\(([^,]*),"));
        assertThat(Pattern.compile("\\{(\\w+)}").matcher(chinese).results().map(value -> value.group(1)))
                .isSubsetOf(names);
    }

    @Test
    void every_way_in_which_a_flow_ends_is_written_of_and_has_words_in_chinese() throws Exception {
        String engine = "src/main/java/dev/fenliu/engine/";
        Set<String> made = new TreeSet<>(Set.of("ok"));
        Pattern.compile("new FlowView\\.End\\(\"([a-z-]+)\"")
                .matcher(Files.readString(Path.of(engine + "StreamSession.java")))
                .results()
                .forEach(found -> made.add(found.group(1)));
        Pattern.compile("^    ([A-Z_]+)\\(", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of(engine + "Closing.java")))
                .results()
                .forEach(found -> made.add(kebab(found.group(1))));
        for (Failure.Kind kind : Failure.Kind.values()) {
            made.add(Reason.of(new Failure(kind, "")).code());
        }
        JsonArray written = document.getAsJsonObject("components")
                .getAsJsonObject("schemas")
                .getAsJsonObject("Flow")
                .getAsJsonObject("properties")
                .getAsJsonObject("end-code")
                .getAsJsonArray("enum");
        String chinese = Files.readString(Path.of("src/main/resources/web/assets/i18n/zh-warnings.js"));
        assertThat(written.asList().stream().filter(code -> !code.isJsonNull()).map(JsonElement::getAsString))
                .containsExactlyInAnyOrderElementsOf(made)
                .allMatch(code ->
                        chinese.contains("'end." + code + "': '") || chinese.contains("'failure." + code + "': '"));
    }

    private static String kebab(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
