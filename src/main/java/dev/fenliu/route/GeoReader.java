package dev.fenliu.route;

import com.maxmind.db.DatabaseRecord;
import com.maxmind.db.InvalidNetworkException;
import com.maxmind.db.Networks;
import com.maxmind.db.Reader;
import dev.fenliu.config.InputFile;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * GeoIP files in MaxMind's format, read into memory when they are opened. Takes the three record shapes that are in use
 * for countries ({@code country.iso_code}; {@code country_code}; a bare code or a list of codes), and
 * {@code autonomous_system_number}. Safe for concurrent use.
 */
public final class GeoReader implements Geo {
    /** Records that are looked at to learn what a file tells. */
    private static final int PROBES = 2048;

    /** The largest file, which is kept in memory. */
    private static final int MAX_BYTES = 128 << 20;

    private final List<Reader> countries;
    private final List<Reader> systems;

    private GeoReader(List<Reader> countries, List<Reader> systems) {
        this.countries = countries;
        this.systems = systems;
    }

    /**
     * Opens one file, which may tell both.
     *
     * @throws IOException if it cannot be read, is damaged, or tells neither countries nor autonomous systems
     */
    public static GeoReader open(Path path) throws IOException {
        InputFile.check(path, MAX_BYTES);
        try {
            Reader reader = new Reader(path.toFile(), Reader.FileMode.MEMORY);
            Set<GeoKind> kinds = kinds(reader);
            if (kinds.isEmpty()) {
                throw new IOException("it tells neither countries nor autonomous systems (type \""
                        + reader.getMetadata().databaseType() + "\")");
            }
            return new GeoReader(
                    kinds.contains(GeoKind.COUNTRY) ? List.of(reader) : List.of(),
                    kinds.contains(GeoKind.ASN) ? List.of(reader) : List.of());
        } catch (InvalidNetworkException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
            // the reader throws unchecked exceptions on damaged files, and makes room for whatever a list announces
            String why = e.getMessage() == null ? "" : ": " + e.getMessage();
            throw new IOException("it is damaged, or no GeoIP database" + why, e);
        }
    }

    /** What this one tells, and what it does not know from the other one. */
    public GeoReader and(GeoReader other) {
        return new GeoReader(
                countries.isEmpty() ? other.countries : countries, systems.isEmpty() ? other.systems : systems);
    }

    private static Set<GeoKind> kinds(Reader reader) throws IOException, InvalidNetworkException {
        Set<GeoKind> kinds = EnumSet.noneOf(GeoKind.class);
        Networks<Object> networks = reader.networks(Object.class);
        for (int i = 0; i < PROBES && kinds.size() < GeoKind.values().length && networks.hasNext(); i++) {
            DatabaseRecord<Object> found = networks.next();
            Object told = found.data();
            if (hasCountry(told)) {
                kinds.add(GeoKind.COUNTRY);
            }
            if (system(told) != 0) {
                kinds.add(GeoKind.ASN);
            }
        }
        return kinds;
    }

    @Override
    public Set<GeoKind> kinds() {
        Set<GeoKind> kinds = EnumSet.noneOf(GeoKind.class);
        if (!countries.isEmpty()) {
            kinds.add(GeoKind.COUNTRY);
        }
        if (!systems.isEmpty()) {
            kinds.add(GeoKind.ASN);
        }
        return kinds;
    }

    @Override
    public boolean isIn(InetAddress address, String country) {
        return !countries.isEmpty() && isIn(find(countries.get(0), address), country);
    }

    @Override
    public long asn(InetAddress address) {
        return systems.isEmpty() ? 0 : system(find(systems.get(0), address));
    }

    private static @Nullable Object find(Reader reader, InetAddress address) {
        if (reader.getMetadata().ipVersion() == 4 && !(address instanceof Inet4Address)) {
            return null; // the reader would throw
        }
        try {
            return reader.get(address, Object.class);
        } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return null; // a damaged record tells nothing
        }
    }

    private static boolean hasCountry(@Nullable Object told) {
        if (told instanceof Map<?, ?> map) {
            return map.get("country") instanceof Map<?, ?> country && country.get("iso_code") instanceof String
                    || map.get("country_code") instanceof String;
        }
        return told instanceof String
                || told instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
    }

    private static boolean isIn(@Nullable Object told, String country) {
        if (told instanceof Map<?, ?> map) {
            Object code =
                    map.get("country") instanceof Map<?, ?> inner ? inner.get("iso_code") : map.get("country_code");
            return code instanceof String text && text.equalsIgnoreCase(country);
        }
        if (told instanceof List<?> list) {
            return list.stream().anyMatch(code -> code instanceof String text && text.equalsIgnoreCase(country));
        }
        return told instanceof String text && text.equalsIgnoreCase(country);
    }

    private static long system(@Nullable Object told) {
        return told instanceof Map<?, ?> map && map.get("autonomous_system_number") instanceof Number number
                ? number.longValue()
                : 0;
    }
}
