"""Both ends of a test of names at a gateway, by protocols that tell none: `origin PORT ADDRESS...` greets streams before they
say anything and answers datagrams, each time with the address that it sees; `greet|udp HOST PORT TEXT` asks it."""
import socket
import sys
import threading


def seen(peer):
    return b"seen " + peer[0].replace("::ffff:", "").encode()


def datagrams(address, port):
    udp = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, port))
    while True:
        text, peer = udp.recvfrom(65536)
        print("datagram", seen(peer), text, flush=True)
        udp.sendto(seen(peer) + b" said " + text, peer)


def origin(port, addresses):
    tcp = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=50)
    for address in addresses:
        threading.Thread(target=datagrams, args=(address, port), daemon=True).start()
    print("ready", flush=True)
    while True:
        client, peer = tcp.accept()
        print("stream", seen(peer), flush=True)
        client.sendall(seen(peer) + b"\n")
        client.close()


def greet(host, port):
    with socket.create_connection((host, port), 5) as tcp:
        return tcp.recv(1000).decode().strip() or "closed without a word"


def ask(host, port, text):
    udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    udp.settimeout(1)
    udp.connect((host, port))  # or nobody would tell that it is refused
    for attempt in range(3):  # it may get lost
        udp.send(text.encode())
        try:
            said, peer = udp.recvfrom(65536)
            return "%s from %s port %d" % (said.decode(), peer[0], peer[1])
        except socket.timeout:
            pass
    raise OSError("timed out")


if sys.argv[1] == "origin":
    origin(int(sys.argv[2]), sys.argv[3:])
try:
    host, port = sys.argv[2], int(sys.argv[3])
    print(greet(host, port) if sys.argv[1] == "greet" else ask(host, port, sys.argv[4]))
except OSError as error:
    print(type(error).__name__, error)
    sys.exit(1)
