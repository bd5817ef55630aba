package dev.fenliu.control.http;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that an API offers. A literal segment goes before a capture. Safe for concurrent use. */
public final class Routes {
    private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

    private final Supplier<List<Route>> making;
    private volatile @Nullable List<Route> made;

    /** @throws IllegalArgumentException if two are the same */
    public Routes(List<Route> routes) {
        this.making = () -> routes;
        this.made = sorted(routes);
    }

    /** Made when somebody first comes for them: nobody needs them to start, and they are many classes to load. */
    public Routes(Supplier<List<Route>> making) {
        this.making = making;
    }

    boolean areMade() {
        return made != null;
    }

    /** Makes them, which may touch the disk. @return whether they are there now */
    synchronized boolean make() {
        try {
            if (made == null) {
                made = sorted(making.get());
            }
        } catch (RuntimeException | LinkageError e) {
            LOG.error("control API: unexpected", e);
        }
        return made != null;
    }

    private static List<Route> sorted(List<Route> routes) {
        List<Route> sorted =
                routes.stream().sorted(Comparator.comparing(Route::order)).toList();
        Set<String> seen = new HashSet<>();
        for (Route route : routes) {
            if (!seen.add(route.method() + " " + route.order())) {
                throw new IllegalArgumentException("two routes are " + route);
            }
        }
        return sorted;
    }

    /**
     * What a path leads to.
     *
     * @param route null if there is nothing for the method
     * @param guarded whether who asks must show a token before being told anything
     * @param allowed the methods for the path; empty if there is nothing
     */
    record Found(@Nullable Route route, Map<String, String> captured, boolean guarded, Set<String> allowed) {
        /** Why there is no route. */
        Reply refusal() {
            return allowed.isEmpty()
                    ? Reply.missing()
                    : Reply.refusal(HttpResponseStatus.METHOD_NOT_ALLOWED, "this is for " + String.join(", ", allowed))
                            .with("Allow", String.join(", ", allowed));
        }
    }

    /** @throws IllegalArgumentException if the path is badly escaped */
    Found find(HttpMethod method, String path) {
        HttpMethod wanted = method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method;
        List<String> segments = Route.split(path);
        Set<String> allowed = new LinkedHashSet<>();
        boolean guarded = false;
        String pattern = null;
        for (Route route : Objects.requireNonNull(made, "they come first")) {
            if (pattern != null && !pattern.equals(route.order())) {
                break; // the best pattern decides, whatever others would do
            }
            Map<String, String> captured = route.captures(segments);
            if (captured == null) {
                continue;
            }
            pattern = route.order();
            guarded |= route.scope() != null;
            if (route.method().equals(wanted)) {
                return new Found(route, captured, route.scope() != null, Set.of());
            }
            allowed.add(route.method().name());
            if (route.method().equals(HttpMethod.GET)) {
                allowed.add(HttpMethod.HEAD.name());
            }
        }
        return new Found(null, Map.of(), guarded || allowed.isEmpty(), allowed);
    }
}
