"""Clients of the leak laboratory, all at once: `ask.py QUIC ENTRANCE NAME ...` asks for each name at its entrance and
prints `ENTRANCE NAME RESULT`: `seen ADDRESS` (what the origin saw), `address A`, `refused CODE`, `closed` or `silent`.
QUIC is a file of lines NAME HEX: the datagram that a client of that name sends first. With a file's name in the
environment as HOLD they print `begun ENTRANCE NAME`, go on until that file is there, and end `stopped` or `closed`."""
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

BOX, ORIGIN, ORIGIN6, OUTSIDE = "192.168.77.1", "198.51.100.3", "2001:db8:100::3", "198.51.100.2"
PATIENCE = 4


def hello(name):
    out = ssl.MemoryBIO()
    context = ssl.create_default_context()
    try:
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        return out.read()


def connect(host, port):
    tcp = socket.create_connection((host, port), PATIENCE)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tcp


def heard(tcp):
    text = tcp.recv(65536)
    if not text:
        return "closed"
    if not text.startswith(b"HTTP/"):
        return text.decode()
    while b"seen " not in text and (more := tcp.recv(65536)):
        text += more
    return "seen " + text.split(b"seen ")[1].split(b"<")[0].decode() if b"seen " in text else refused(text)


def refused(head):
    return "refused " + head.split(b" ")[1].decode()


def say(tcp, *parts):
    for part in parts:
        tcp.sendall(part)
        if len(parts) > 1:
            time.sleep(0.05)
    result = heard(tcp)
    return hold(lambda: tcp.sendall(parts[0]) or tcp.recv(65536)) if HOLD and "seen" in result else result


def hold(exchange):
    tell("begun %s %s" % threading.current_thread().pair)
    while not os.path.exists(HOLD):
        if not exchange():
            return "closed"
        time.sleep(0.05)
    return "stopped"


def tell(line):
    sys.stdout.write(line + "\n")  # whole, whoever writes beside it
    sys.stdout.flush()


def get(name):
    return b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % name.encode()


def target(host, port):
    try:
        return b"\1" + socket.inet_aton(host) + struct.pack(">H", port)
    except OSError:
        return b"\3" + bytes([len(host)]) + host.encode() + struct.pack(">H", port)


def socks(host, port):
    tcp = connect(BOX, 7890)
    tcp.sendall(b"\5\1\0\5\1\0" + target(host, port))
    reply = b""
    while len(reply) < 4:
        more = tcp.recv(65536)
        if not more:
            raise ConnectionError
        reply += more
    return tcp, reply[3]


def by_socks(host, port, *parts):
    tcp, code = socks(host, port)
    return "refused %d" % code if code else say(tcp, *parts)


def by_connect(host, port, *parts):
    tcp = connect(BOX, 7890)
    tcp.sendall(b"CONNECT %s:%d HTTP/1.1\r\nHost: %s:%d\r\n\r\n" % (host.encode(), port, host.encode(), port))
    head = tcp.recv(65536)
    return say(tcp, *parts) if b" 200 " in head.split(b"\r")[0] else refused(head)


def by_http(host, header):
    tcp = connect(BOX, 7890)
    return say(tcp, get(header).replace(b" / ", b" http://%s/ " % host.encode()))


def by_second(first, second):
    """Two requests of one connection, as a client sends them that keeps it."""
    tcp = connect(BOX, 7890)
    for host in (first, second):
        tcp.sendall(b"GET http://%s/ HTTP/1.1\r\nHost: %s\r\n\r\n" % (host.encode(), host.encode()))
        result = heard(tcp)
    return result


def by_socks4a(host, port, *parts):
    tcp = connect(BOX, 7890)
    tcp.sendall(b"\4\1" + struct.pack(">H", port) + b"\0\0\0\1\0" + host.encode() + b"\0")
    reply = tcp.recv(8)
    if len(reply) < 2:
        return "closed"
    return say(tcp, *parts) if reply[1] == 90 else "refused %d" % reply[1]


def datagram(udp, payload, to, head=b"", control=None):
    for attempt in range(2):
        udp.sendto(head + payload, to)
        udp.settimeout(1.5)
        try:
            result = "seen " + udp.recvfrom(65536)[0].split(b"seen ")[1].decode()
            return hold(lambda: again(udp, head + b"\x4amid a connection", to, control)) if HOLD else result
        except socket.timeout:
            if ended(control):
                return "closed"
    return "silent"


def again(udp, payload, to, control):
    udp.sendto(payload, to)
    try:
        udp.recv(65536)
    except socket.timeout:
        pass
    return not ended(control)


def ended(control):
    """Whether the stream that an association lives by has ended."""
    if not control:
        return False
    control.setblocking(False)
    try:
        return not control.recv(1)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def by_association(host, payload):
    control = connect(BOX, 7890)
    control.sendall(b"\5\1\0\5\3\0\1\0\0\0\0\0\0")
    reply = b""
    while len(reply) < 12:
        more = control.recv(64)
        if not more:
            return "closed"
        reply += more
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return datagram(udp, payload, (BOX, struct.unpack(">H", reply[10:12])[0]), b"\0\0\0" + target(host, 443), control)


def by_udp(host, payload):
    udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    return datagram(udp, payload, (host, 443))


def by_tcp(host, port, *parts):
    return say(connect(host, port), *parts)


def by_dns(name, *options):
    """The results for A, AAAA and HTTPS: that of the first that tells something."""
    command = ["kdig", "+retry=0", "+noidn", "+timeout=%d" % PATIENCE, *options, name]
    asking = [
        subprocess.Popen(command + [kind], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for kind in ("A", "AAAA", "TYPE65")
    ]
    results = []
    for each in asking:
        said = each.communicate()[0]
        rcode = said.partition("QUERY; status: ")[2].partition(";")[0]
        found = [line.split()[-1] for line in said.splitlines() if line.startswith(name + ".") and "\tIN\t" in line]
        results.append("silent" if not rcode else "refused " + rcode if rcode != "NOERROR" else " ".join(["address"] + found))
    return next((each for each in results if each != "address"), "address")


def records(text):
    """Each byte of a hello in a record of its own."""
    return b"".join(b"\x16\3\1\0\1" + text[i : i + 1] for i in range(5, len(text)))


def halves(text, name):
    at = text.index(name.encode()) + len(name) // 2
    return text[:at], text[at:]


def crowd(name):
    """Many flows at once; those that are not taken are failures."""
    held, failed = [], 0
    for _ in range(25):
        try:
            tcp, code = socks(name, 443)
            tcp.sendall(hello(name))
            held.append(tcp)
            failed += code != 0
        except OSError:
            failed += 1
    time.sleep(1)
    return "failed %d" % failed if failed else "seen all"


HOLD = os.environ.get("HOLD")
QUIC = dict(line.split() for line in open(sys.argv[1]))
OTHER = "other.plain.test"
ENTRANCES = {
    "socks-name": lambda name: by_socks(name, 443, hello(name)),
    "socks4a": lambda name: by_socks4a(name, 443, hello(name)),
    "socks-address": lambda name: by_socks(ORIGIN, 443, hello(name)),
    "socks-address-http": lambda name: by_socks(ORIGIN, 80, get(name)),
    "connect": lambda name: by_connect(name, 443, hello(name)),
    "connect-address": lambda name: by_connect(ORIGIN, 443, hello(name)),
    "http": lambda name: by_http(name, name),
    "datagram-name": lambda name: by_association(name, b"datagram for " + name.encode()),
    "datagram-quic": lambda name: by_association(ORIGIN, bytes.fromhex(QUIC[name])),
    "tproxy-tls": lambda name: by_tcp(ORIGIN, 443, hello(name)),
    "tproxy-http": lambda name: by_tcp(ORIGIN, 80, get(name)),
    "tproxy-tls6": lambda name: by_tcp(ORIGIN6, 443, hello(name)),
    "tproxy-quic": lambda name: by_udp(ORIGIN, bytes.fromhex(QUIC[name])),
    "dns-udp": lambda name: by_dns(name, "@" + BOX, "-p5335"),
    "dns-tcp": lambda name: by_dns(name, "@" + BOX, "-p5335", "+tcp"),
    "dns-https": lambda name: by_dns(name, "@" + BOX, "-p8853", "+https"),
    "dns-outside": lambda name: by_dns(name, "@" + OUTSIDE),
    # in disguise
    "upper-case": lambda name: by_connect(name.upper() + ".", 443, hello(name.upper())),
    "socks-upper-case": lambda name: by_socks(name.title() + ".", 443, hello(name)),
    "http-upper-case": lambda name: by_http(name.upper() + ".", name.upper() + "."),
    "dns-upper-case": lambda name: by_dns(name.upper(), "@" + BOX, "-p5335"),
    "unicode": lambda name: by_socks4a(name.encode().decode("idna"), 443, hello(name)),
    "socks-records": lambda name: by_socks(ORIGIN, 443, records(hello(name))),
    "connect-halves": lambda name: by_connect(ORIGIN, 443, *halves(hello(name), name)),
    "tproxy-records": lambda name: by_tcp(ORIGIN, 443, records(hello(name))),
    "tproxy-halves": lambda name: by_tcp(ORIGIN, 443, *halves(hello(name), name)),
    "tproxy-http-halves": lambda name: by_tcp(ORIGIN, 80, *halves(get(name), name)),
    "http-host": lambda name: by_http(OTHER, name),
    "http-target": lambda name: by_http(name, OTHER),
    "http-second": lambda name: by_second(OTHER, name),
    "connect-host": lambda name: by_connect(OTHER, 80, get(name)),
    "connect-sni": lambda name: by_connect(OTHER, 443, hello(name)),
    "socks-sni": lambda name: by_socks(OTHER, 443, hello(name)),
    "socks-sni-odd-port": lambda name: by_socks(OTHER, 8443, hello(name)),
    "datagram-sni": lambda name: by_association(OTHER, bytes.fromhex(QUIC[name])),
}
ENTRANCES.update(("crowd%d" % i, crowd) for i in range(40))


def ask(entrance, name):
    threading.current_thread().pair = entrance, name
    try:
        result = ENTRANCES[entrance](name)
    except socket.timeout:
        result = "silent"
    except ConnectionError:
        result = "closed"
    except Exception as error:
        result = "failed %r" % error
    tell("%s %s %s" % (entrance, name, result))


threads = [threading.Thread(target=ask, args=pair, daemon=True) for pair in zip(sys.argv[2::2], sys.argv[3::2])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60 if HOLD else 20)
