package dev.fenliu.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import dev.fenliu.model.Failure;
import dev.fenliu.model.Reason;
import dev.fenliu.net.Dial;
import dev.fenliu.net.Sockets;
import dev.fenliu.outbound.Check;
import dev.fenliu.outbound.Exit;
import dev.fenliu.outbound.Outbound;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class MemberGuardTest {
    private static final String CONFIG = """
            outbounds:
              a: {type: socks5, server: "127.0.0.1:1"}
              b: {type: socks5, server: "127.0.0.1:2"}
            groups:
              ai: {type: fallback, members: [a, b], %s}
              all: {type: select, members: [ai]}
            rules: [{to: all}]
            """;
    private static final String FAULT = "API: it does not serve this country (403)";

    private final EventLoopGroup loops = Sockets.loops(1);
    private final AtomicLong clock = new AtomicLong();

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private Kept kept() {
        return Kept.fresh(loops, clock::get, folder);
    }

    private static Inquiry.Answer explain(Assembly assembly) {
        return new Inquiry(assembly).ask(Questions.about("chatgpt.com"));
    }

    @Test
    void what_the_doctor_finds_is_a_reason_not_to_use_a_member_and_is_explained() throws Exception {
        Kept kept = kept();
        Assembly assembly = Built.assembly(CONFIG.formatted("check: {doctor: chatgpt}"), kept);
        assertThat(explain(assembly).path()).containsExactly("all", "ai", "a");
        kept.exits().farEnds().examined("a", Optional.of(FAULT));
        Inquiry.Answer answer = explain(assembly);
        assertThat(answer.path()).containsExactly("all", "ai", "b");
        assertThat(answer.refused()).isFalse();
        String why = FAULT + " (test.yaml:5:48)";
        assertThat(answer.objections()).containsExactly(new Objection("ai", "a", why));
        assertThat(Outbounds.teams(assembly.config(), assembly.generation(), Map.of())
                        .get(0)
                        .faults())
                .containsEntry("a", new Reason("exit", why));
        kept.exits().farEnds().examined("b", Optional.of(FAULT));
        assertThat(explain(assembly).refused()).isTrue();
        Outbound ai = assembly.generation().outbounds().get("ai");
        Future<Channel> refused = ai.connect(Dial.own(Destination.parse("chatgpt.com:443"), loops.next()))
                .await();
        assertThat(Failure.of(refused.cause()).text()).isEqualTo("group \"ai\" does not use \"b\": " + why);
        assertThat(kept.health().wantedWithin("b", Check.EVERY)).isTrue();
    }

    @Test
    void another_program_explains_by_the_exit_that_was_seen() throws Exception {
        String config = CONFIG.formatted("exit-lock: SE");
        kept().exits().farEnds().saw("a", Check.TRACE, new Exit("203.0.113.9", "DE"));
        Outcome outcome = new Outcome();
        while (outcome.answer == null || outcome.answer.objections().isEmpty()) {
            outcome.answer = explain(Built.assembly(config, kept())); // the disk has a thread of its own
        }
        assertThat(outcome.answer.path()).containsExactly("all", "ai", "b");
        assertThat(outcome.answer.objections())
                .extracting(Objection::why)
                .singleElement()
                .asString()
                .contains("its exit is now 203.0.113.9 (DE), and exit-lock keeps to SE (test.yaml:5:52)");
    }

    private static final class Outcome {
        private Inquiry.Answer answer;
    }

    @Test
    void the_doctor_sees_whom_the_group_would_refuse() {
        Assembly assembly = Built.assembly(CONFIG.formatted("check: {country: US}"), kept());
        Inquiry inquiry = new Inquiry(assembly);
        Outbound a = inquiry.tunnels("a").get(0);
        Exit here = new Exit("203.0.113.9", "DE");
        List<Objection> objections = inquiry.objections("all", a, Optional.of(here));
        assertThat(objections).extracting(Objection::group).containsExactly("ai");
        assertThat(inquiry.objections("all", a, Optional.of(new Exit("203.0.113.9", "US"))))
                .isEmpty();
        assertThat(inquiry.objections("a", a, Optional.of(here))).isEmpty();
    }
}
