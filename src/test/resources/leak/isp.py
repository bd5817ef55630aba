"""The provider of the leak laboratory: `isp.py FOLDER ADDRESS...` answers DNS, TCP and UDP at those addresses.

What FOLDER/answers says of names (lines NAME TYPE VALUE, a type may be `NXDOMAIN` or `CNAME`, a value `-` for none) comes
before the rule that names below plain.test are at the first two addresses and all others at the last two. A stream or
datagram is told the address that it comes from, `seen ADDRESS`, but /list is the file FOLDER/list, and /to leads there, at the host of FOLDER/to.
Port 9000 takes connections and says nothing."""
import ipaddress
import os
import socket
import struct
import sys
import threading

FOLDER, ADDRESSES = sys.argv[1], sys.argv[2:]
TYPES = {1: "A", 28: "AAAA", 5: "CNAME"}


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(owner, kind, value):
    data = wire(value) if kind == 5 else ipaddress.ip_address(value).packed
    return wire(owner) + struct.pack(">HHIH", kind, 1, 1, len(data)) + data


def known(name):
    with open(os.path.join(FOLDER, "answers")) as answers:
        return {kind: value for owner, kind, value in map(str.split, answers) if owner == name}


def records(name, kind):
    """The answer section, or None where there is no such name."""
    told = known(name)
    if "NXDOMAIN" in told:
        return None
    if "CNAME" in told:
        alias = [record(name, 5, told["CNAME"])]
        return alias + (records(told["CNAME"], kind) or []) if "CHASED" in told else alias
    if kind not in (1, 28):
        return []
    mine = ADDRESSES[:2] if name.endswith("plain.test") else ADDRESSES[-2:]
    value = told.get(TYPES[kind], mine[kind == 28])
    return [] if value == "-" else [record(name, kind, value)]


def answer(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    kind = struct.unpack(">H", query[at + 1 : at + 3])[0]
    found = records(".".join(labels), kind)
    flags = 0x8180 if found is not None else 0x8183
    return query[:2] + struct.pack(">HHHHH", flags, 1, len(found or []), 0, 0) + query[12 : at + 5] + b"".join(found or [])


def seen(peer):
    return b"seen %s" % peer[0].replace("::ffff:", "").encode()


def datagrams(address, port):
    udp = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, port))
    while True:
        text, peer = udp.recvfrom(65536)
        udp.sendto(answer(text) if port == 53 else seen(peer), peer)


def queries(client, text):
    """Answers those that are whole, of any number, and those that follow."""
    while True:
        while len(text) < 2 or len(text) < 2 + struct.unpack(">H", text[:2])[0]:
            more = client.recv(65536)
            if not more:
                return
            text += more
        end = 2 + struct.unpack(">H", text[:2])[0]
        said = answer(text[2:end])
        client.sendall(struct.pack(">H", len(said)) + said)
        text = text[end:]


def stream(client, peer, port):
    with client:
        while text := client.recv(65536):
            if port == 53:
                queries(client, text)
            elif port == 9000:
                pass
            elif text.startswith(b"GET /list "):
                with open(os.path.join(FOLDER, "list"), "rb") as file:
                    page = file.read()
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(page) + page)
            elif text.startswith(b"GET /to "):
                with open(os.path.join(FOLDER, "to")) as file:
                    place = b"http://%s/list" % file.read().encode()
                client.sendall(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % place)
            elif text.startswith(b"GET "):
                page = b"<p>%s</p>" % seen(peer)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(page) + page)
            else:
                client.sendall(seen(peer))


def streams(port):
    tcp = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=200)
    while True:
        threading.Thread(target=stream, args=(*tcp.accept(), port), daemon=True).start()


for address in ADDRESSES:
    for port in (53, 443):
        threading.Thread(target=datagrams, args=(address, port), daemon=True).start()
for port in (53, 80, 443, 8443, 9000):
    threading.Thread(target=streams, args=(port,), daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
