package dev.fenliu.inbound.transparent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.fenliu.config.Problem;
import dev.fenliu.config.Problems;
import dev.fenliu.engine.ConfigReader;
import dev.fenliu.engine.Protocols;
import dev.fenliu.net.Sockets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransparentTypeTest {
    @BeforeEach
    void linux() {
        assumeThat(Sockets.EPOLL).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{type: tproxy, listen: '[::]:7893', lan: trusted} | ",
                "{type: redirect, listen: '0.0.0.0:7892', lan: trusted} | ",
                "{type: tproxy, listen: '[::]:7893'} | serves the local network without passwords",
                "{type: tproxy, listen: '[::]:7893', lan: trusted, users: {anna: x}} | cannot log in",
                "{type: redirect, listen: '127.0.0.1:7892', lan: trusted} | takes what was sent to any address",
                "{type: redirect, listen: '192.168.1.1:7892', lan: trusted} | takes what was sent to any address",
            })
    void only_trusted_networks_and_all_addresses_make_sense(String listener, String problem) {
        Problems problems = new Problems();
        ConfigReader.read(
                "t",
                Optional.empty(),
                "listeners: [" + listener + "]",
                Protocols.of(List.of(), List.of(TransparentType.TPROXY, TransparentType.REDIRECT)),
                problems);
        assertThat(problems.all().stream().map(Problem::message))
                .allSatisfy(message -> assertThat(message).contains(problem))
                .hasSize(problem == null ? 0 : 1);
    }
}
