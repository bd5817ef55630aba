package dev.fenliu.engine;

import dev.fenliu.config.ConfigNode;
import dev.fenliu.config.Problems;
import dev.fenliu.config.Section;
import dev.fenliu.config.Type;
import dev.fenliu.route.Geo;
import dev.fenliu.route.GeoKind;
import dev.fenliu.route.GeoReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The databases that {@code geoip:} names, opened.
 *
 * @param kinds what rules may ask; everything when a file is bad, so that its rules are not blamed too
 */
record GeoFiles(List<Path> files, Geo geo, Set<GeoKind> kinds) {
    static GeoFiles read(Section config, Problems problems) {
        ConfigNode node = config.get(ConfigKeys.GEOIP);
        if (node == null) {
            return new GeoFiles(List.of(), Geo.NONE, Set.of());
        }
        int before = problems.size();
        Section section = Section.open(node, "\"geoip\"", ConfigKeys.GEOIP_KEYS, problems);
        List<Path> files = section == null ? null : section.get(ConfigKeys.GEO_FILE);
        GeoReader all = null;
        for (int i = 0; section != null && files != null && i < files.size(); i++) {
            try {
                GeoReader one = GeoReader.open(files.get(i));
                all = all == null ? one : all.and(one);
            } catch (IOException e) {
                ConfigNode at = section.at(ConfigKeys.GEO_FILE);
                ConfigNode item = at.items().isEmpty() ? at : at.items().get(i);
                problems.error(item, "\"geoip\": cannot use " + files.get(i), Type.reason(e));
            }
        }
        Geo geo = all == null ? Geo.NONE : all;
        return new GeoFiles(
                files == null ? List.of() : files,
                geo,
                problems.size() > before ? EnumSet.allOf(GeoKind.class) : geo.kinds());
    }
}
