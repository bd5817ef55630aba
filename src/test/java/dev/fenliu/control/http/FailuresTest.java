package dev.fenliu.control.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private static final InetAddress ONE = Addresses.of(new byte[] {10, 0, 0, 1});
    private static final InetAddress OTHER = Addresses.of(new byte[] {10, 0, 0, 2});

    private final AtomicLong now = new AtomicLong(-5);
    private final Failures failures = new Failures(now::get);

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            failures.count(ONE);
        }
    }

    @Test
    void five_within_a_minute_are_too_many() {
        fail(4);
        assertThat(failures.tooMany(ONE)).isFalse();
        fail(1);
        assertThat(failures.tooMany(ONE)).isTrue();
        assertThat(failures.tooMany(OTHER)).isFalse();
    }

    @Test
    void a_minute_later_all_is_forgotten() {
        fail(5);
        now.addAndGet(TimeUnit.SECONDS.toNanos(59));
        assertThat(failures.tooMany(ONE)).isTrue();
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(failures.tooMany(ONE)).isFalse();
        fail(4);
        assertThat(failures.tooMany(ONE)).isFalse();
    }
}
