package dev.fenliu.inbound;

import dev.fenliu.config.InputFile;
import dev.fenliu.config.Key;
import dev.fenliu.config.Secret;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.net.ServerTls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The certificate of a listener and its key.
 *
 * @param certificate PEM, with its chain
 * @param privateKey PEM
 */
public record ServerIdentity(String certificate, Secret privateKey) {
    /** The keys by which a config gives one. */
    public record Keys(Key<Path> certificate, Key<Path> privateKey) {
        private static final String CERTIFICATE = "PEM file of the certificate and its chain.";
        private static final String PRIVATE_KEY = "PEM file of the certificate's private key.";

        /** Of a listener that cannot do without. */
        public static final Keys REQUIRED = new Keys(
                Key.required("certificate", Type.PATH, CERTIFICATE),
                Key.required("private-key", Type.PATH, PRIVATE_KEY));

        /**
         * Of a listener that may do without.
         *
         * @param why what they are for, in a sentence
         */
        public static Keys optional(String why) {
            return new Keys(
                    Key.optional("certificate", Type.PATH, CERTIFICATE + " " + why),
                    Key.optional("private-key", Type.PATH, PRIVATE_KEY));
        }

        /**
         * Reads both; null when neither is there, or when a problem was reported.
         *
         * @param alpn as {@link ServerTls} takes it
         */
        public @Nullable ServerIdentity read(Section section, List<String> alpn) {
            String chain = text(section, certificate);
            String key = text(section, privateKey);
            if (chain == null || key == null) {
                if (section.has(certificate) != section.has(privateKey)) {
                    Key<Path> missing = section.has(certificate) ? privateKey : certificate;
                    if (!missing.required()) {
                        section.problems()
                                .error(
                                        section.node(),
                                        section.what() + " needs the key \"" + missing.name() + "\" too");
                    }
                }
                return null;
            }
            ServerIdentity identity = new ServerIdentity(chain, new Secret(key));
            try {
                identity.tls(alpn);
                return identity;
            } catch (IOException e) {
                String why = String.valueOf(e.getMessage());
                Key<Path> which = why.contains("private key") ? privateKey : certificate;
                section.problems().error(section.at(which), "\"" + which.name() + "\": " + why);
                return null;
            }
        }

        private static @Nullable String text(Section section, Key<Path> key) {
            Path file = section.get(key);
            if (file == null) {
                return null;
            }
            try {
                return InputFile.text(file);
            } catch (IOException e) {
                section.problems()
                        .error(section.at(key), "\"" + key.name() + "\": cannot read " + file, Type.reason(e));
                return null;
            }
        }
    }

    /** The server end of TLS with this identity. @throws IOException if the PEM texts do not hold what they should */
    public ServerTls tls(List<String> alpn) throws IOException {
        return new ServerTls(certificate, privateKey.value(), alpn);
    }
}
