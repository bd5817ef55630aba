"""A name server for a test of the gateway, on port 53 of each ADDRESS, over UDP and TCP: every name has 192.0.2.77 and
2001:db8:2::77. It says what it is asked, by whom, at which address."""
import socket
import struct
import sys
import threading

ANSWERS = {1: socket.inet_pton(socket.AF_INET, "192.0.2.77"), 28: socket.inet_pton(socket.AF_INET6, "2001:db8:2::77")}


def answer(query, peer, address, over):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    kind = struct.unpack("!H", query[at + 1:at + 3])[0]
    print("asked", ".".join(labels), "from", peer[0], "at", address, over, flush=True)
    data = ANSWERS.get(kind)
    record = struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data)) + data if data else b""
    return query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1 if data else 0, 0, 0) + query[12:at + 5] + record


def datagrams(address, udp):
    while True:
        query, peer = udp.recvfrom(65536)
        udp.sendto(answer(query, peer, address, "udp"), peer)


def stream(address, client, peer):
    with client:
        whole = client.makefile("rb")
        while len(head := whole.read(2)) == 2:
            said = answer(whole.read(struct.unpack("!H", head)[0]), peer, address, "tcp")
            client.sendall(struct.pack("!H", len(said)) + said)


def streams(address, tcp):
    while True:
        threading.Thread(target=stream, args=(address, *tcp.accept()), daemon=True).start()


for address in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    tcp = socket.create_server((address, 53), family=family, backlog=50)
    threading.Thread(target=datagrams, args=(address, udp), daemon=True).start()
    threading.Thread(target=streams, args=(address, tcp), daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
