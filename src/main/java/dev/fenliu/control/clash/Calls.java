package dev.fenliu.control.clash;

import dev.fenliu.control.http.Reply;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Optional;

/** Answers that several calls give. */
final class Calls {
    private Calls() {}

    /** There is none of that name. */
    static Reply missing(String what, String name) {
        return Reply.refusal(HttpResponseStatus.NOT_FOUND, "there is no " + what + " \"" + name + "\"");
    }

    /** Refused; dashboards show the message. */
    static Reply refused(String why) {
        return Reply.refusal(HttpResponseStatus.BAD_REQUEST, why);
    }

    /** Done, or why not. */
    static Reply done(Optional<String> refusal) {
        return refusal.map(Calls::refused).orElseGet(Reply::empty);
    }
}
