package dev.fenliu.engine;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.fenliu.lan.Leases;
import dev.fenliu.model.Destination;
import dev.fenliu.model.Host;
import dev.fenliu.route.PlainNames;
import java.util.List;

/**
 * The script by which browsers find this proxy: {@code proxy.pac} and {@code wpad.dat}. It sends everything to the proxy but
 * what means the browser's own machine, so that rules stay in one place. Immutable; a browser that cannot reach the proxy
 * goes nowhere, unless it may go direct, and then for names alone that certainly go direct by the rules.
 */
public final class ProxyAutoConfig {
    /** Made when a script is first asked for. */
    private static final class Encoder {
        /** Encodes everything that is put into the script, also for pages. */
        static final Gson JSON = new Gson();

        private Encoder() {}
    }

    /** Numbers that fit into a script's too, above those of all steps. */
    private static final int LAST = 1 << 30;

    private static final String HEAD = """
            // The rules are in fenliu: it decides where each request goes.
            function FindProxyForURL(url, host) {
              var name = host.toLowerCase().replace(/\\.$/, "");
              if (/^(.*\\.)?localhost$|^127\\.\\d+\\.\\d+\\.\\d+$|^\\[?::1\\]?$/.test(name)) return "DIRECT";
              var proxy = %s;
            """;

    /** Names have a dot before them, so that none is a property that every object has. */
    private static final String LOOK_UP = """
              if (!/^([a-z0-9_-]{1,63}\\.)*[a-z0-9_-]{1,63}$/.test(name) || name.length > 253) return proxy;
              if (/(^|\\.)([0-9]+|0x[0-9a-f]*)$/.test(name)) return proxy;
              var exact = %s;
              var suffixes = %s;
              var first = %d;
              var at = "." + name;
              if (exact[at] < first) first = exact[at];
              while (at) {
                if (suffixes[at] < first) first = suffixes[at];
                var next = at.indexOf(".", 1);
                at = next < 0 ? "" : at.substring(next);
              }
              return first %% 2 ? proxy : proxy + "; DIRECT";
            """;

    private final PlainNames names;

    ProxyAutoConfig(PlainNames names) {
        this.names = names;
    }

    private String lookUp() {
        JsonObject exact = new JsonObject();
        JsonObject suffixes = new JsonObject();
        int step = 0;
        for (PlainNames.Step one : names.steps()) {
            number(exact, one.exact(), 2 * step + (one.plain() ? 0 : 1));
            number(suffixes, one.suffixes(), 2 * step + (one.plain() ? 0 : 1));
            step++;
        }
        return LOOK_UP.formatted(
                Encoder.JSON.toJson(exact), Encoder.JSON.toJson(suffixes), LAST + (names.rest() ? 0 : 1));
    }

    private static boolean isSafe(Host host) {
        return !(host instanceof Host.Name name) || Leases.isLocal(name.value());
    }

    /** An even number for names that go out plainly; the lowest that a name has tells. */
    private static void number(JsonObject numbers, List<String> names, int number) {
        for (String name : names) {
            if (!numbers.has("." + name)) {
                numbers.addProperty("." + name, number);
            }
        }
    }

    /**
     * The whole script.
     *
     * @param proxy where browsers find us, as they call us
     * @param direct whether they may go direct when they do not, for what goes direct anyway. The script then tells names
     *     that rules name, so it is not heeded when we are called by a name of the world: a web page may have led that name
     *     here in order to read the script (DNS rebinding)
     */
    public String script(Destination proxy, boolean direct) {
        return HEAD.formatted(Encoder.JSON.toJson("PROXY " + proxy))
                + (direct && isSafe(proxy.host()) ? lookUp() : "  return proxy;\n") + "}\n";
    }
}
