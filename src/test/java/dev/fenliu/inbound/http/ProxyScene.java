package dev.fenliu.inbound.http;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An origin, a proxy in front of it, and a client. */
abstract class ProxyScene {
    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    ServerSocket origin;
    ToyProxy proxy;
    Wire client;
    String at;

    @BeforeEach
    void open() throws Exception {
        origin = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        origin.setSoTimeout(8000);
        proxy = new ToyProxy(Map.of());
        client = Wire.to(proxy.port());
        at = "a.test:" + origin.getLocalPort();
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        origin.close();
        proxy.close();
    }

    Wire accept() throws Exception {
        return new Wire(origin.accept());
    }

    String request(String method, String path, String fields) {
        return request(method, at, path, fields);
    }

    static String request(String method, String host, String path, String fields) {
        return method + " http://" + host + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n";
    }

    String asked(String method, String path, String fields) {
        return method + " " + path + " HTTP/1.1\r\nHost: " + at + "\r\n" + fields + "\r\n";
    }

    static int length(String head) {
        return Integer.parseInt(head.replaceAll("(?s).*\r\nContent-Length: (\\d+)\r\n.*", "$1"));
    }
}
