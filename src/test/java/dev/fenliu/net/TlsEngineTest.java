package dev.fenliu.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TlsEngineTest {
    @Test
    void the_native_library_is_packed_for_linux() {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        boolean packed = platform.toLowerCase(Locale.ROOT).matches("linux (amd64|x86_64|aarch64)");
        assertThat(TlsEngine.best()).isEqualTo(packed ? TlsEngine.NATIVE : TlsEngine.JDK);
    }

    @Test
    void java_itself_serves_where_the_library_does_not_load() throws Exception {
        // Surefire's own says where they are; the usual property is an IDE's.
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String classes = Stream.of(path.split(File.pathSeparator))
                .filter(entry -> !entry.contains("tcnative-boringssl"))
                .collect(Collectors.joining(File.pathSeparator));
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classes,
                        Best.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains("best: JDK");
    }

    /** In a Java of its own: a library is looked for once. */
    static final class Best {
        private Best() {}

        public static void main(String[] arguments) {
            System.out.println("best: " + TlsEngine.best());
        }
    }
}
