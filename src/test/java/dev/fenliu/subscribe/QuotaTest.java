package dev.fenliu.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuotaTest {
    private static final Instant END = Instant.ofEpochSecond(1_900_000_000);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "upload=100; download=200; total=1000; expire=1900000000",
                "Upload=100;Download=200;Total=1000;Expire=1900000000;",
                " upload = 100.4 ; download=199.6; total=1e3; expire=1900000000.0; color=red",
                "download=300, total=1000, expire=1900000000",
            })
    void it_is_read_however_it_is_written(String header) {
        assertThat(Quota.parse(header)).isEqualTo(new Quota(Optional.of(300L), Optional.of(1000L), Optional.of(END)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ";;;",
                "upload=; download=; total=; expire=",
                "total=0; expire=0",
                "total=NaN",
                "x",
                "total=-5; upload=Infinity",
                "upload"
            })
    void what_says_nothing_is_unknown(String header) {
        assertThat(Quota.parse(header).isUnknown()).isTrue();
    }

    @Test
    void it_tells_when_it_is_spent_or_over() {
        Quota quota = Quota.parse("upload=600; download=400; total=1000; expire=1900000000");
        assertThat(quota.isSpent()).isTrue();
        assertThat(quota.isOver(END)).isFalse();
        assertThat(quota.isOver(END.plusSeconds(1))).isTrue();
        assertThat(Quota.parse("upload=1").isSpent()).isFalse();
        assertThat(Quota.parse("upload=1e300;download=1e300;total=1e300;expire=1e300")
                        .expires())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"24, PT24H", "12.5, PT12H30M", "0.1, PT1H", "0, ", "-1, ", "x, ", "9999999, "})
    void the_interval_is_in_hours(String header, Duration interval) {
        assertThat(Quota.interval(header)).isEqualTo(Optional.ofNullable(interval));
    }
}
