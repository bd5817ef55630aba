package dev.fenliu.dns;

import dev.fenliu.model.Addresses;
import java.net.InetAddress;
import java.util.Optional;

/**
 * What a query to an upstream has beyond its question (RFC 6891).
 *
 * @param spoken whether it has an OPT record at all
 * @param subnet what it tells of the client
 */
record Edns(boolean spoken, Optional<Subnet> subnet) {
    /** For upstreams that know no EDNS. */
    static final Edns NONE = new Edns(false, Optional.empty());

    /** An OPT record, and nothing of the client in it. */
    static final Edns PLAIN = new Edns(true, Optional.empty());

    /**
     * A network that a resolver is to take for the client's, as some answer by it (RFC 7871).
     *
     * @param prefix how many bits of the address count; 0 asks the resolver to tell nothing of the client either
     */
    record Subnet(InetAddress address, int prefix) {
        private static final int OPTION = 8;
        private static final int HEAD = 4 + 4;

        /**
         * Reads ADDRESS/PREFIX.
         *
         * @throws IllegalArgumentException if it is none; the message says why
         */
        static Subnet parse(String text) {
            int slash = text.indexOf('/');
            InetAddress address = slash < 0 ? null : Addresses.parse(text.substring(0, slash));
            String bits = text.substring(slash + 1);
            if (address == null || !bits.matches("[0-9]{1,3}")) {
                throw new IllegalArgumentException("\"" + text + "\" is no network (expected: ADDRESS/PREFIX)");
            }
            int most = address.getAddress().length * Byte.SIZE;
            if (Integer.parseInt(bits) > most) {
                throw new IllegalArgumentException("\"" + text + "\": the prefix has at most " + most + " bits");
            }
            return new Subnet(address, Integer.parseInt(bits));
        }

        /** The option as it is sent (section 6): no more bytes than the prefix needs, no bit beyond it. */
        byte[] option() {
            byte[] whole = address.getAddress();
            int bytes = (prefix + Byte.SIZE - 1) / Byte.SIZE;
            byte[] out = new byte[HEAD + bytes];
            out[1] = OPTION;
            out[3] = (byte) (4 + bytes);
            out[5] = (byte) (whole.length == 4 ? 1 : 2);
            out[6] = (byte) prefix;
            System.arraycopy(whole, 0, out, HEAD, bytes);
            if (prefix % Byte.SIZE != 0) {
                out[out.length - 1] &= (byte) (0xff << Byte.SIZE - prefix % Byte.SIZE);
            }
            return out;
        }

        @Override
        public String toString() {
            return Addresses.text(address) + "/" + prefix;
        }
    }

    /** With this subnet. */
    static Edns with(Optional<Subnet> subnet) {
        return new Edns(true, subnet);
    }

    /** The options that every query has; padding comes after them. */
    byte[] options() {
        return subnet.map(Subnet::option).orElseGet(() -> new byte[0]);
    }
}
