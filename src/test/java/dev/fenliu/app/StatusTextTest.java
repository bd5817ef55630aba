package dev.fenliu.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatusTextTest {
    private static JsonObject status(String subscriptions, String outbounds, String members) {
        return JsonParser.parseString("""
            {"version": "1", "uptime": 61, "generation": 2, "config": null, "listeners": [], "flows": 0, "devices": [],
             "warnings": [], "subscriptions": [%s], "outbounds": [%s],
             "groups": [{"name": "ai", "type": "fallback", "members": [%s]}],
             "users": [{"name": "home", "flows": 2, "month": 1610612736, "limit": 214748364800},
                       {"name": "phone", "flows": 1, "month": 0, "limit": null}]}
            """.formatted(subscriptions, outbounds, members))
                .getAsJsonObject();
    }

    @Test
    void a_subscription_takes_one_line_and_its_nodes_none() {
        String text = StatusCommand.text(status(
                """
                {"name": "air", "source": "panel.example", "nodes": 30, "refused": 2, "notes": ["Left: 20 GB"],
                 "updated": "2030-01-01T00:00:01.5Z", "used": 1610612736, "total": 107374182400,
                 "expires": "2031-02-03T00:00:00Z", "problem": "the server answers 403 Forbidden"},
                {"name": "new", "source": "nodes.txt", "nodes": 0, "refused": 0, "notes": [],
                 "updated": null, "used": null, "total": null, "expires": null, "problem": null}
                """,
                "{\"name\": \"vps\", \"type\": \"trojan\", \"via\": null, \"failing\": false, \"failure\": null,"
                        + " \"connect-ms\": null, \"answer-ms\": null}"
                        + ", {\"name\": \"n1\", \"type\": \"trojan\", \"subscription\": \"air\"}".repeat(30),
                IntStream.range(0, 30).mapToObj(i -> "\"n" + i + "\"").collect(Collectors.joining(","))));
        assertThat(text)
                .contains(
                        "air (panel.example): 30 nodes, 2 cannot be used, 1 note (Left: 20 GB); updated 2030-01-01T00:00:01Z;"
                                + " used 1.5 GiB of 100.0 GiB; ends 2031-02-03; last update: the server answers 403 Forbidden")
                .contains("new (nodes.txt): 0 nodes\n")
                .contains("user      home, 2 flows, 1.5 GiB of 200 GiB this month")
                .contains("user      phone, 1 flow, 0 KiB this month")
                .contains("vps (trojan)")
                .doesNotContain("n1 (trojan)")
                .contains("ai (fallback): n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11 and 18 more");
    }

    @Test
    void a_list_from_elsewhere_says_what_its_last_update_changed_and_what_one_that_is_held_back_would() {
        JsonObject status = status("", "", "");
        status.add("rule-sets", JsonParser.parseString("""
                [{"name": "own", "kind": "file", "source": "own.txt", "entries": 1, "updated": "2030-01-01T00:00:01Z"},
                 {"name": "new", "kind": "url", "source": "lists.test", "entries": null, "updated": null, "problem": null},
                 {"name": "ads", "kind": "url", "source": "lists.test", "entries": 40, "updated": "2030-11-24T00:00:01.5Z",
                  "problem": "held back", "problem-code": "held-back", "held": true,
                  "change": {"time": "2030-11-23T12:00:00Z", "added": 12, "removed": 3},
                  "waiting": {"time": "2030-11-24T12:00:00Z", "added": 1, "removed": 37}}]
                """));
        assertThat(StatusCommand.text(status))
                .contains("rule-set  new (lists.test): no copy yet\n")
                .contains("rule-set  ads (lists.test): 40 entries; updated 2030-11-24T00:00:01Z; +12 -3 on 2030-11-23;"
                        + " last update: held back (+1 -37)\n")
                .doesNotContain("own.txt");
    }

    @Test
    void a_group_says_which_of_its_members_it_does_not_use() {
        JsonObject status = status("", "", "\"vps\", \"spare\"");
        JsonObject faults = new JsonObject();
        faults.addProperty("spare", "its exit is 203.0.113.9 (DE), and only US will do (c.yaml:5:3)");
        status.getAsJsonArray("groups").get(0).getAsJsonObject().add("faults", faults);
        assertThat(StatusCommand.text(status))
                .contains("ai (fallback): vps, spare\n")
                .contains("  spare: its exit is 203.0.113.9 (DE), and only US will do (c.yaml:5:3)\n");
    }
}
