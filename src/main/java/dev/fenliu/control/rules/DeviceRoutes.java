package dev.fenliu.control.rules;

import com.google.gson.JsonObject;
import dev.fenliu.control.http.Call;
import dev.fenliu.control.http.Reply;
import dev.fenliu.control.http.Route;
import dev.fenliu.control.http.Scope;
import dev.fenliu.edit.DeviceEdit;
import dev.fenliu.edit.EditRefused;
import dev.fenliu.edit.Editor;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Optional;

/** How devices are called. */
public final class DeviceRoutes {
    private final Workbench bench;

    private DeviceRoutes(Workbench bench) {
        this.bench = bench;
    }

    /** All about the names of devices. */
    public static List<Route> routes(Workbench bench) {
        return List.of(Route.edit(
                HttpMethod.PUT,
                "/api/v1/devices/{address}",
                Scope.ADMIN,
                EditReply.handler(new DeviceRoutes(bench)::name)));
    }

    private Reply name(Call call) throws EditRefused {
        JsonObject body = call.json();
        Optional<String> name = EditReply.text(body, "name").map(String::strip).filter(text -> !text.isEmpty());
        String address = call.captured("address");
        Workbench.Made config = bench.config();
        Editor.Saved saved = bench.save(
                config,
                DeviceEdit.name(config.text(), address, name),
                name.map(text -> "device named: " + text).orElse("name of a device taken back: " + address),
                EditReply.pending(body, bench.dates().instant()));
        return Reply.json(EditReply.saved(saved, bench.proxy().generation()));
    }
}
