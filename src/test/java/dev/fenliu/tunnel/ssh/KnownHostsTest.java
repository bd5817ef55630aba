package dev.fenliu.tunnel.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fenliu.model.Destination;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.signature.Signature;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownHostsTest {
    @TempDir
    private Path folder;

    private KeyPair one;
    private KeyPair other;

    @BeforeEach
    void make() throws Exception {
        one = SshEnds.pair();
        other = SshEnds.pair();
    }

    private String objection(String lines, String server) throws Exception {
        return hosts(lines, server).objection(one.getPublic());
    }

    private KnownHosts hosts(String lines, String server) throws Exception {
        Path file = Files.writeString(folder.resolve("known"), lines);
        return KnownHosts.read(file, Destination.parse(server));
    }

    @Test
    void the_key_of_the_file_is_accepted_by_name_port_pattern_and_address() throws Exception {
        String key = SshEnds.entry(one);
        assertThat(objection("vps.test " + key, "vps.test:22")).isNull();
        assertThat(objection("a.test,vps.test " + key, "vps.test:22")).isNull();
        assertThat(objection("*.test " + key, "vps.test:22")).isNull();
        assertThat(objection("[vps.test]:2222 " + key, "vps.test:2222")).isNull();
        assertThat(objection("192.0.2.7 " + key, "192.0.2.7:22")).isNull();
        assertThat(objection("# a comment\n\nvps.test " + key + " somebody\n", "vps.test:22"))
                .isNull();
    }

    @Test
    void an_unknown_server_is_refused_with_what_to_do() throws Exception {
        for (String lines : List.of("", "other.test " + SshEnds.entry(one), "[vps.test]:2222 " + SshEnds.entry(one))) {
            assertThat(objection(lines, "vps.test:22"))
                    .contains("is not in " + folder.resolve("known"))
                    .contains("ecdsa-sha2-nistp256 SHA256:")
                    .contains("ssh-keyscan -p 22 vps.test");
        }
        KnownHosts none = KnownHosts.read(folder.resolve("absent"), Destination.parse("vps.test:22"));
        assertThat(none.objection(one.getPublic())).contains("is not in");
    }

    @Test
    void another_key_than_the_known_one_is_an_alarm() throws Exception {
        assertThat(objection("vps.test " + SshEnds.entry(other), "vps.test:22"))
                .contains("is not the one in")
                .contains("somebody may stand in between");
    }

    @Test
    void a_revoked_key_is_refused_even_if_it_is_listed_as_well() throws Exception {
        String key = SshEnds.entry(one);
        assertThat(objection("vps.test " + key + "\n@revoked * " + key, "vps.test:22"))
                .contains("was revoked");
    }

    @Test
    void a_key_of_an_authority_is_no_key_of_a_server() throws Exception {
        assertThat(objection("@cert-authority *.test " + SshEnds.entry(one), "vps.test:22"))
                .contains("is not in");
    }

    @Test
    void the_kinds_of_known_keys_are_asked_for_first() throws Exception {
        List<NamedFactory<Signature>> all =
                List.of(BuiltinSignatures.ed25519, BuiltinSignatures.rsaSHA512, BuiltinSignatures.nistp256);
        assertThat(hosts("vps.test " + SshEnds.entry(one), "vps.test:22").preferred(all))
                .extracting(NamedResource::getName)
                .containsExactly("ecdsa-sha2-nistp256", "ssh-ed25519", "rsa-sha2-512");
        assertThat(hosts("", "vps.test:22").preferred(all)).isEqualTo(all);
    }
}
