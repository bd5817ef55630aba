package dev.fenliu.engine;

import dev.fenliu.model.Host;
import dev.fenliu.route.Decision;
import java.util.Optional;

/**
 * A decision about a flow.
 *
 * @param name the host that it was made for, when the client gave but an address
 */
record Ruling(Decision decision, Optional<Host.Name> name) {}
