package dev.fenliu.lan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Addresses;
import dev.fenliu.model.Mac;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeaseTextTest {
    private static final String DNSMASQ = """
            1700000000 00:1b:63:AA:bb:01 192.168.1.5 TV 01:00:1b:63:aa:bb:01
            0 00:1b:63:aa:bb:02 192.168.1.6 nas.lan *
            1700000001 00:1b:63:aa:bb:03 192.168.1.7 * 01:00:1b:63:aa:bb:03
            1700000002 06-00:1b:63:aa:bb:04 192.168.1.8 radio *
            duid 00:01:00:01:2a:2a:2a:2a:00:1b:63:aa:bb:ff
            1700000003 1673178 fd00::5 tv 00:01:00:01:2a:2a:2a:2a:00:1b:63:aa:bb:01
            1700000003 T1673179 fd00::6 nas 00:03:00:01:00:1b:63:aa:bb:02
            1700000003 1673180 fd00::7 odd 00:02:00:00:ab:11:01
            """;

    private static final String ISC = """
            # The format of this file is documented in the dhcpd.leases(5) manual page.
            authoring-byte-order little-endian;
            server-duid "\\000\\001\\000\\001}{;";
            lease 192.168.1.5 {
              starts 4 2023/11/02 10:00:00;
              ends 4 2023/11/02 22:00:00;
              binding state active;
              next binding state free;
              hardware ethernet 00:1b:63:aa:bb:09;
              client-hostname "old";
            }
            lease 192.168.1.5 {
              ends 3 2023/11/15 22:13:20;
              binding state active;
              hardware ethernet 00:1b:63:aa:bb:01;
              uid "\\001\\000\\033c}\\"{";
              set vendor-class-identifier = "x } lease 9.9.9.9 {";
              client-hostname "TV";
              on expiry { execute("x"); set a = "b"; }
            }
            lease 192.168.1.6 { ends epoch 1700000000; # Tue Nov 14 } 22:13:20 2023
              binding state free; hardware ethernet 00:1b:63:aa:bb:02; client-hostname "nas"; }
            lease 192.168.1.7 { ends never; hardware token-ring 00:1b:63:aa:bb:03; client-hostname "radio\\056lan"; }
            lease 192.168.1.8 { ends 4 2023/11/02 22:00
            """;

    private static Lease lease(String address, String mac, String name, Instant ends) {
        return new Lease(
                Objects.requireNonNull(Addresses.parse(address)),
                Optional.of(mac).filter(text -> !text.isEmpty()).map(Mac::parse),
                Optional.of(name).filter(text -> !text.isEmpty()),
                ends);
    }

    private static Instant at(long seconds) {
        return Instant.ofEpochSecond(seconds);
    }

    @Test
    void leases_of_dnsmasq_are_read_for_both_families() {
        assertThat(LeaseText.parse(DNSMASQ))
                .containsExactly(
                        lease("192.168.1.5", "00:1b:63:aa:bb:01", "tv", at(1700000000)),
                        lease("192.168.1.6", "00:1b:63:aa:bb:02", "nas", Instant.MAX),
                        lease("192.168.1.7", "00:1b:63:aa:bb:03", "", at(1700000001)),
                        lease("192.168.1.8", "", "radio", at(1700000002)),
                        lease("fd00::5", "00:1b:63:aa:bb:01", "tv", at(1700000003)),
                        lease("fd00::6", "00:1b:63:aa:bb:02", "nas", at(1700000003)),
                        lease("fd00::7", "", "odd", at(1700000003)));
    }

    @Test
    void of_the_entries_of_an_isc_lease_the_last_holds_and_one_that_is_half_written_is_left_out() {
        assertThat(LeaseText.parse(ISC))
                .containsExactly(
                        lease("192.168.1.5", "00:1b:63:aa:bb:01", "tv", at(1700086400)),
                        lease("192.168.1.6", "00:1b:63:aa:bb:02", "nas", Instant.MIN),
                        lease("192.168.1.7", "", "radio", Instant.MAX));
    }

    @ParameterizedTest
    @CsvSource({
        "tv, tv",
        "TV., tv",
        "tv.lan, tv",
        "tv.home.arpa, tv",
        "Küche, xn--kche-0ra",
        "www.openai.com, ",
        "openai.com, ",
        "tv.lan.evil.example, ",
        "a.b.lan, ",
        "wpad, ",
        "WPAD.lan, ",
        "isatap, ",
        "localhost, ",
        "lan, ",
        "*, ",
        "192.168.1.1, ",
        "1.2, ",
        "..lan, ",
        ".lan, ",
        "a b, ",
        "'<script>', ",
    })
    void devices_cannot_call_themselves_what_is_somebody_elses(String told, String name) {
        assertThat(Lease.name(told)).isEqualTo(Optional.ofNullable(name));
    }

    @Test
    void a_file_of_nonsense_has_no_lease() {
        for (String text : List.of(
                "",
                "\n\n\0\0",
                "duid",
                "a b c d",
                "99999999999999999999 00:1b:63:aa:bb:01 192.168.1.5 tv *\n",
                "-1 00:1b:63:aa:bb:01 192.168.1.5 tv *\n",
                "1700000000 00:1b:63:aa:bb:01 192.168.1.256 tv *\n",
                "lease",
                "lease 192.168.1.5 {",
                "lease { lease { lease {",
                "lease 192.168.1.5 { client-hostname \"",
                "lease 192.168.1.5 { client-hostname \"\\",
                "lease x { ends never; }",
                "x lease 192.168.1.5")) {
            assertThat(LeaseText.parse(text)).as(text).isEmpty();
        }
        assertThat(LeaseText.parse(
                        "lease 192.168.1.5 { ends 4 2023/13/45 99:00:00; hardware ethernet; ; client-hostname; }"))
                .containsExactly(lease("192.168.1.5", "", "", Instant.MIN));
    }

    @Test
    void whatever_is_cut_or_changed_is_read_without_harm() {
        Random random = new Random(7);
        List<String> texts = new ArrayList<>();
        for (String whole : List.of(DNSMASQ, ISC)) {
            for (int end = 0; end < whole.length(); end++) {
                texts.add(whole.substring(0, end));
            }
            for (int i = 0; i < 2_000; i++) {
                StringBuilder changed = new StringBuilder(whole);
                for (int n = random.nextInt(4); n >= 0; n--) {
                    changed.setCharAt(random.nextInt(whole.length()), "{};\"\\# \n\0x9:".charAt(random.nextInt(12)));
                }
                texts.add(changed.toString());
            }
        }
        for (String text : texts) {
            for (Lease lease : LeaseText.parse(text)) {
                assertThat(lease.name().orElse("a")).matches("[a-z0-9_-]{1,63}");
            }
        }
    }

    /** Each of them would take hours if every line or sign were gone through once more for each before it. */
    @Test
    void a_large_file_of_nothing_is_soon_read() {
        for (String one : List.of("\n", " ", "{", "\"", "lease ", "\\", "1 ", "#", "\t\n")) {
            assertThat(LeaseText.parse(one.repeat((4 << 20) / one.length()))).isEmpty();
        }
    }

    @Test
    void the_number_of_leases_is_bounded() {
        StringBuilder dnsmasq = new StringBuilder();
        StringBuilder isc = new StringBuilder();
        for (int i = 0; i < 70_000; i++) {
            String address = "10." + i / 65536 + "." + i / 256 % 256 + "." + i % 256;
            dnsmasq.append("0 00:1b:63:aa:bb:01 ").append(address).append(" tv *\n");
            isc.append("lease ").append(address).append(" { }\n");
        }
        assertThat(LeaseText.parse(dnsmasq.toString())).hasSize(LeaseText.MAX_LEASES);
        assertThat(LeaseText.parse(isc.toString())).hasSize(LeaseText.MAX_LEASES);
    }
}
