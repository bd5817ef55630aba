package dev.fenliu.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeviceEditTest {
    private static final String MAC = "02:00:00:00:77:0A";

    @Test
    void the_first_name_makes_a_section_and_a_further_one_stands_below_it() throws EditRefused {
        String one = DeviceEdit.name("# mine\nrules: []\n", MAC, Optional.of("Anna's phone"));
        assertThat(one).isEqualTo("# mine\nrules: []\ndevices:\n  \"02:00:00:00:77:0a\": \"Anna's phone\"\n");
        String two = DeviceEdit.name(one, "192.168.1.7", Optional.of("电视"));
        assertThat(two).isEqualTo(one + "  \"192.168.1.7\": \"电视\"\n");
        assertThat(DeviceEdit.name(two, "192.168.1.7", Optional.empty())).isEqualTo(one);
        assertThat(DeviceEdit.name(one, "192.168.1.8", Optional.empty())).isEqualTo(one);
    }

    @Test
    void another_name_takes_the_place_of_the_one_that_is_there_however_the_address_is_written() throws EditRefused {
        String text = "devices: {02-00-00-00-77-0A: old, \"fd00:0::1\": nas, nonsense: x} # who is who\n";
        assertThat(DeviceEdit.name(text, "02:00:00:00:77:0a", Optional.of("new")))
                .isEqualTo(text.replace("old", "new"));
        assertThat(DeviceEdit.name(text, "fd00::1", Optional.of("new"))).isEqualTo(text.replace("nas", "new"));
        assertThat(DeviceEdit.name(text, MAC, Optional.empty()))
                .isEqualTo("devices: {\"fd00:0::1\": nas, nonsense: x} # who is who\n");
    }

    @Test
    void what_is_no_address_is_refused() {
        assertThatThrownBy(() -> DeviceEdit.name("", "tv", Optional.of("x")))
                .isInstanceOf(EditRefused.class)
                .hasMessageContaining("\"tv\" is neither a MAC nor an IP address");
        assertThatThrownBy(() -> DeviceEdit.name("devices: [tv]\n", MAC, Optional.of("x")))
                .isInstanceOf(EditRefused.class);
    }
}
