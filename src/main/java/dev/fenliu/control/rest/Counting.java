package dev.fenliu.control.rest;

import dev.fenliu.control.http.Feed;
import dev.fenliu.control.http.Route;
import dev.fenliu.engine.Proxy;
import dev.fenliu.tally.Tally;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All of this package, for who puts the API together. */
public final class Counting {
    private Counting() {}

    /**
     * What is asked for once.
     *
     * @param version of the program
     */
    public static List<Route> routes(Proxy proxy, Tally tally, String version) {
        List<Route> routes = new ArrayList<>(FlowRoutes.routes(proxy, tally));
        routes.addAll(TrafficRoutes.routes(proxy, tally));
        routes.addAll(DnsRoutes.routes(proxy, tally));
        routes.add(Metrics.route(proxy, tally, version));
        return routes;
    }

    /** What happens, by topic: {@code flows}, {@code totals}, {@code logs} and {@code dns}. */
    public static Map<String, Feed> feeds(Proxy proxy, Tally tally) {
        return new LiveFeeds(proxy, tally, System::nanoTime).feeds();
    }
}
