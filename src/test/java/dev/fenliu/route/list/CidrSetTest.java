package dev.fenliu.route.list;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fenliu.model.Addresses;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CidrSetTest {
    private static InetAddress address(String text) {
        return Addresses.parse(text);
    }

    private static CidrSet of(String... networks) {
        CidrSet.Builder builder = CidrSet.builder();
        for (String network : networks) {
            builder.add(Cidr.parse(network));
        }
        return builder.build();
    }

    @Test
    void a_network_has_its_first_and_its_last_address() {
        CidrSet set = of("10.0.0.0/8", "2001:db8::/32");
        assertThat(set.contains(address("10.0.0.0"))).isTrue();
        assertThat(set.contains(address("10.255.255.255"))).isTrue();
        assertThat(set.contains(address("9.255.255.255"))).isFalse();
        assertThat(set.contains(address("11.0.0.0"))).isFalse();
        assertThat(set.contains(address("2001:db8::"))).isTrue();
        assertThat(set.contains(address("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")))
                .isTrue();
        assertThat(set.contains(address("2001:db9::"))).isFalse();
    }

    @Test
    void the_whole_of_a_family_is_a_network_and_does_not_hold_the_other() {
        CidrSet four = of("0.0.0.0/0");
        assertThat(four.contains(address("255.255.255.255"))).isTrue();
        assertThat(four.contains(address("0.0.0.0"))).isTrue();
        assertThat(four.contains(address("::1"))).isFalse();
        CidrSet six = of("::/0");
        assertThat(six.contains(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")))
                .isTrue();
        assertThat(six.contains(address("127.0.0.1"))).isFalse();
    }

    @Test
    void mapped_addresses_count_as_ipv4_on_both_sides() throws Exception {
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        mapped[12] = 10;
        mapped[15] = 1;
        InetAddress six = Inet6Address.getByAddress(null, mapped, 0);
        assertThat(six).isInstanceOf(Inet6Address.class);
        assertThat(of("10.0.0.0/8").contains(six)).isTrue();
        assertThat(of("::ffff:10.0.0.0/104").contains(address("10.0.0.1"))).isTrue();
        assertThat(CidrSet.builder().addRange(six, six).build().contains(address("10.0.0.1")))
                .isTrue();
    }

    @Test
    void a_network_whose_last_address_looks_like_ipv4_is_one_of_ipv6_all_the_same() {
        CidrSet set = CidrSet.builder().add(Cidr.parse("::/80")).build();
        assertThat(set.contains(Addresses.parse("::fffe:0:1"))).isTrue();
        assertThat(set.contains(Addresses.parse("0:0:0:0:1::"))).isFalse();
        assertThat(set.contains(Addresses.parse("255.255.255.255"))).isFalse();
    }

    @Test
    void neighbours_and_overlapping_ranges_become_one() {
        assertThat(of("10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "10.0.0.0/9").size())
                .isEqualTo(1);
        assertThat(of("2001:db8::/33", "2001:db8:8000::/33", "2001:db8::1").size())
                .isEqualTo(1);
        assertThat(of("10.0.0.0/32", "10.0.0.2/32").size()).isEqualTo(2);
        assertThat(of("255.255.255.255/32", "0.0.0.0/32").size()).isEqualTo(2);
    }

    @Test
    void ranges_that_cross_families_or_end_before_they_start_are_refused() {
        CidrSet.Builder builder = CidrSet.builder();
        assertThatThrownBy(() -> builder.addRange(address("10.0.0.1"), address("::1")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.addRange(address("10.0.0.2"), address("10.0.0.1")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.add(address("10.0.0.2"), 33)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void answers_are_those_of_a_plain_scan_for_random_ranges() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            int bytes = round % 2 == 0 ? 4 : 16;
            List<InetAddress[]> naive = new ArrayList<>();
            CidrSet.Builder builder = CidrSet.builder();
            for (int i = random.nextInt(40); i > 0; i--) {
                InetAddress a = random(random, bytes);
                InetAddress b = random(random, bytes);
                boolean ordered = Arrays.compareUnsigned(a.getAddress(), b.getAddress()) <= 0;
                InetAddress[] range = ordered ? new InetAddress[] {a, b} : new InetAddress[] {b, a};
                naive.add(range);
                builder.addRange(range[0], range[1]);
            }
            CidrSet set = builder.build();
            for (int i = 0; i < 300; i++) {
                InetAddress host = random(random, bytes);
                boolean expected = naive.stream()
                        .anyMatch(r -> Arrays.compareUnsigned(r[0].getAddress(), host.getAddress()) <= 0
                                && Arrays.compareUnsigned(host.getAddress(), r[1].getAddress()) <= 0);
                assertThat(set.contains(host)).isEqualTo(expected);
            }
        }
    }

    /** Differs in few bits at both ends of the number, so that borders meet and signs matter. */
    private static InetAddress random(Random random, int length) {
        byte[] bytes = new byte[length];
        bytes[0] = (byte) (random.nextBoolean() ? 0x7f : 0x80);
        bytes[length / 2] = (byte) (random.nextBoolean() ? 0 : 0xff);
        bytes[length / 2 - 1] = (byte) (random.nextBoolean() ? 0 : 0xff);
        bytes[length - 1] = (byte) random.nextInt(64);
        return Addresses.of(bytes);
    }

    @Test
    void a_real_list_is_as_large_as_its_source_says() throws Exception {
        CidrSet.Builder builder = CidrSet.builder();
        RecordedList list = RecordedList.of(RecordedList.resource("bench-cidr-cn.txt.gz"), null, "");
        assertThat(list.entries).hasSize(5176 + 2357);
        list.entries.forEach(entry -> builder.add(Cidr.parse(entry.substring("IP_CIDR ".length()))));
        CidrSet set = builder.build();
        assertThat(set.contains(address("1.2.4.8"))).isTrue();
        assertThat(set.contains(address("8.8.8.8"))).isFalse();
        assertThat(set.contains(address("2001:256:100::1"))).isTrue();
        assertThat(set.bytes()).isLessThan(150_000);
    }
}
