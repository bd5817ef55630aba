"""Both ends of a test of the gateway: `origin PORT ADDRESS...` answers streams and datagrams with the address that it
sees; `tcp|udp HOST PORT TEXT` asks it, `connected` over UDP with a connected socket, which learns of a refusal, `hold`
again and again over one stream. To the datagram "cone" the origin answers from another port."""
import socket
import sys
import threading
import time


def answer(peer, text):
    return b"seen %s said %s" % (peer[0].replace("::ffff:", "").encode(), text)


def datagram_socket(address, port):
    udp = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, port))
    return udp


def datagrams(address, port):
    udp = datagram_socket(address, port)
    other = datagram_socket(address, port + 1)
    while True:
        text, peer = udp.recvfrom(65536)
        print("datagram", answer(peer, text), flush=True)
        (other if text == b"cone" else udp).sendto(answer(peer, text) if text else b"", peer)


def stream(client, peer):
    with client:
        text = b""
        while not text.endswith((b"\n\n", b"\r\n\r\n")):
            more = client.recv(65536)
            if not more:
                return
            text += more
        text = text.split(b"\n")[0].strip()
        print("stream", answer(peer, text), flush=True)
        if text == b"hold":
            client.sendall(answer(peer, text) + b"\n")
            for line in client.makefile("rb"):
                client.sendall(answer(peer, line))
            return
        client.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + answer(peer, text))


def origin(port, addresses):
    tcp = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=50)
    for address in addresses:
        threading.Thread(target=datagrams, args=(address, port), daemon=True).start()
    print("ready", flush=True)
    while True:
        threading.Thread(target=stream, args=tcp.accept(), daemon=True).start()


def ask_stream(host, port, text):
    with socket.create_connection((host, port), 3) as tcp:
        tcp.sendall(text.replace("|", "\r\n").encode() + b"\r\n\r\n")
        said = b""
        while more := tcp.recv(65536):
            said += more
        if not said:
            raise OSError("closed without an answer")
        return said.split(b"\r\n")[-1].decode()


def hold(host, port, text):
    with socket.create_connection((host, port), 3) as tcp:
        print(host, "connected", flush=True)
        tcp.sendall(b"hold\r\n\r\n")
        for line in tcp.makefile("rb"):
            print(host, line.decode().strip(), flush=True)
            time.sleep(0.2)
            tcp.sendall(text.encode() + b"\n")
    raise OSError("lost")


def ask_connected(host, port, text):
    udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    udp.settimeout(5)
    udp.connect((host, port))
    udp.send(text.encode())
    return udp.recv(65536).decode()


def ask_datagram(host, port, text):
    udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    udp.settimeout(1)
    for attempt in range(3):  # it may get lost
        udp.sendto(text.encode(), (host, port))
        try:
            said, peer = udp.recvfrom(65536)
            return "%s from %s port %d" % (said.decode(), peer[0], peer[1])
        except socket.timeout:
            pass
    raise OSError("timed out")


if sys.argv[1] == "origin":
    origin(int(sys.argv[2]), sys.argv[3:])
try:
    ask = {"tcp": ask_stream, "udp": ask_datagram, "connected": ask_connected, "hold": hold}[sys.argv[1]]
    print(ask(sys.argv[2], int(sys.argv[3]), sys.argv[4]))
except OSError as error:
    print(type(error).__name__, error, flush=True)
    sys.exit(1)
