package dev.fenliu.route.list;

import dev.fenliu.config.Nearest;
import dev.fenliu.model.Addresses;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * v2fly's {@code geosite.dat} and {@code geoip.dat}: many lists in one file, each under a code. Codes are compared
 * without case; {@code google@ads} takes the entries of {@code google} that have the attribute {@code ads},
 * {@code google@-ads} those that have it not.
 */
final class GeoFile {
    private static final int LIST = 1;
    private static final int CODE = 1;
    private static final int MEMBER = 2;

    private GeoFile() {}

    /** Whether the content is such a file to its last byte: GEOSITE, GEOIP or null. */
    static @Nullable ListFormat detect(byte[] content) {
        if (content.length < 4 || content[0] != (LIST << 3 | 2)) {
            return null;
        }
        try {
            ProtoReader lists = new ProtoReader(new ByteReader(content, 0, content.length));
            ListFormat format = null;
            while (lists.advance()) {
                if (!lists.isBytes(LIST)) {
                    return null;
                }
                ProtoReader fields = new ProtoReader(lists.content());
                while (format == null && fields.advance()) {
                    if (fields.isBytes(MEMBER)) {
                        format = kind(fields.content());
                    }
                }
            }
            return format;
        } catch (ListFormatException e) {
            return null;
        }
    }

    /** A network starts with the bytes of its address, a domain with a number or its text in field 2. */
    private static ListFormat kind(ByteReader member) throws ListFormatException {
        ProtoReader field = new ProtoReader(member);
        return field.advance() && field.isBytes(1) ? ListFormat.GEOIP : ListFormat.GEOSITE;
    }

    static void read(byte[] content, ListFormat format, String wanted, Entries out) throws ListFormatException {
        String[] parts = wanted.split("@", -1);
        List<ByteReader> members = find(content, parts[0], format);
        if (format == ListFormat.GEOSITE) {
            for (ByteReader member : members) {
                domain(new ProtoReader(member), parts, out);
            }
        } else if (parts.length > 1) {
            throw new ListFormatException("lists of networks have no attributes: write \"" + parts[0] + "\"");
        } else {
            for (ByteReader member : members) {
                network(new ProtoReader(member), out);
            }
        }
    }

    /** The members of the list with that code. */
    private static List<ByteReader> find(byte[] content, String wanted, ListFormat format) throws ListFormatException {
        Set<String> codes = new HashSet<>();
        ProtoReader lists = new ProtoReader(new ByteReader(content, 0, content.length));
        while (lists.advance()) {
            if (!lists.isBytes(LIST)) {
                continue;
            }
            String code = "";
            boolean inverse = false;
            List<ByteReader> members = new ArrayList<>();
            ProtoReader fields = new ProtoReader(lists.content());
            boolean skip = false;
            while (!skip && fields.advance()) {
                if (fields.isBytes(CODE)) {
                    code = fields.text().toLowerCase(Locale.ROOT);
                    skip = !code.equalsIgnoreCase(wanted); // the code comes first; if not, all is collected
                } else if (fields.isBytes(MEMBER)) {
                    members.add(fields.content());
                } else if (fields.isNumber(3)) {
                    inverse = format == ListFormat.GEOIP && fields.number() != 0;
                }
            }
            if (code.equalsIgnoreCase(wanted) && !wanted.isEmpty()) {
                if (inverse) {
                    throw new ListFormatException("the list \"" + wanted + "\" names all networks but its own");
                }
                return members;
            }
            codes.add(code);
        }
        String only = codes.size() == 1 ? codes.iterator().next() : "";
        if (wanted.isEmpty() && !only.isEmpty()) {
            return find(content, only, format);
        }
        throw missing(wanted, codes);
    }

    private static ListFormatException missing(String wanted, Set<String> codes) {
        String hint = Nearest.hint(wanted.toLowerCase(Locale.ROOT), codes);
        if (wanted.isEmpty()) {
            return new ListFormatException("the file holds " + codes.size() + " lists; name one with the key code");
        }
        return new ListFormatException("none of the " + codes.size() + " lists of the file is called \"" + wanted + "\""
                + (hint == null ? "" : "; " + hint));
    }

    private static void domain(ProtoReader fields, String[] wanted, Entries out) throws ListFormatException {
        long type = 0;
        String value = "";
        Set<String> attributes = new HashSet<>();
        while (fields.advance()) {
            if (fields.isNumber(1)) {
                type = fields.number();
            } else if (fields.isBytes(2)) {
                value = fields.text();
            } else if (fields.isBytes(3)) {
                ProtoReader attribute = new ProtoReader(fields.content());
                while (attribute.advance()) {
                    if (attribute.isBytes(1)) {
                        attributes.add(attribute.text().toLowerCase(Locale.ROOT));
                    }
                }
            }
        }
        for (int i = 1; i < wanted.length; i++) {
            String name = wanted[i].toLowerCase(Locale.ROOT);
            if (name.startsWith("-") ? attributes.contains(name.substring(1)) : !attributes.contains(name)) {
                return;
            }
        }
        EntryKind kind = type == 0
                ? EntryKind.DOMAIN_KEYWORD
                : type == 1 ? EntryKind.DOMAIN_REGEX : type == 2 ? EntryKind.DOMAIN_SUFFIX : EntryKind.DOMAIN;
        if (type < 0 || type > 3) {
            out.bad(0, value, "an entry of type " + type);
        } else {
            out.add(kind, value, 0);
        }
    }

    private static void network(ProtoReader fields, Entries out) throws ListFormatException {
        byte[] address = {};
        long prefix = 0;
        while (fields.advance()) {
            if (fields.isBytes(1)) {
                address = fields.content().bytes(fields.content().remaining());
            } else if (fields.isNumber(2)) {
                prefix = fields.number();
            }
        }
        if (address.length != 4 && address.length != 16 || prefix < 0 || prefix > address.length * 8L) {
            out.bad(0, "", "an address of " + address.length + " bytes with the prefix " + prefix);
        } else {
            out.add(EntryKind.IP_CIDR, Addresses.text(Addresses.of(address)) + "/" + prefix, 0);
        }
    }
}
