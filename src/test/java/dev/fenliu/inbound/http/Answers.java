package dev.fenliu.inbound.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a client of the proxy got, taken apart; it must be whole responses and nothing else. */
final class Answers {
    private static final Pattern HEAD = Pattern.compile("HTTP/1\\.1 ([1-5]\\d\\d) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n");
    private static final Pattern LENGTH = Pattern.compile("(?m)^Content-Length: (\\d+)$");
    private static final Pattern ERROR = Pattern.compile("(?m)^Proxy-Status: fenliu; error=([a-z_]+)[;\r]");

    /** @param error what Proxy-Status says, empty when it says nothing */
    record Answer(int status, String error, String body) {}

    final List<Answer> all = new ArrayList<>();

    /** What came after a CONNECT was answered. */
    String raw = "";

    /** @param head whether the last answer is to a HEAD request */
    static Answers of(byte[] received, boolean head) {
        String text = new String(received, StandardCharsets.ISO_8859_1);
        Answers answers = new Answers();
        Matcher next = HEAD.matcher(text);
        int at = 0;
        while (at < text.length()) {
            assertThat(next.region(at, text.length()).lookingAt())
                    .as(text.substring(at))
                    .isTrue();
            int status = Integer.parseInt(next.group(1));
            Matcher length = LENGTH.matcher(next.group(2));
            Matcher error = ERROR.matcher(next.group(2));
            at = next.end();
            if (status < 200) {
                answers.all.add(new Answer(status, "", ""));
                continue;
            }
            if (!length.find()) {
                assertThat(status).isEqualTo(200);
                answers.all.add(new Answer(status, "", ""));
                answers.raw = text.substring(at);
                return answers;
            }
            int end = at + (head ? 0 : Integer.parseInt(length.group(1)));
            assertThat(end).as(text).isLessThanOrEqualTo(text.length());
            answers.all.add(new Answer(status, error.find() ? error.group(1) : "", text.substring(at, end)));
            at = end;
        }
        return answers;
    }

    /** As tables write it. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        for (Answer answer : all) {
            out.append(out.isEmpty() ? "" : " ").append(answer.status());
            out.append(answer.error().isEmpty() ? "" : " ").append(answer.error());
        }
        return out + (raw.isEmpty() ? "" : " " + raw);
    }
}
