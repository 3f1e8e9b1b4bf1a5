"""Malformed datagrams at a steady rate: junk.py HOST PORT PER_SECOND SECONDS. Prints what came back, as JSON."""

import json
import os
import random
import socket
import struct
import sys
import time

COOKIE = 0x2112A442


def stun(rng):
    """A binding request that looks right up to its integrity."""
    user = bytes(rng.randrange(33, 127) for _ in range(rng.randrange(1, 40)))
    attribute = struct.pack("!HH", 0x0006, len(user)) + user + b"\0" * (-len(user) % 4)
    integrity = struct.pack("!HH", 0x0008, 20) + rng.randbytes(20)
    body = attribute + integrity
    length = len(body) if rng.random() < 0.5 else rng.randrange(65536)
    return struct.pack("!HHI", rng.choice([0x0001, 0x0101, 0x0111, 0x0003]), length, COOKIE) + rng.randbytes(12) + body


def dtls(rng):
    """A record with a handshake header, most of it wrong."""
    body = rng.randbytes(rng.randrange(0, 200))
    return bytes([rng.randrange(20, 64), 254, rng.choice([253, 255])]) + rng.randbytes(8) + struct.pack("!H", len(body)) + body


def rtp(rng):
    return bytes([rng.randrange(128, 192), rng.randrange(256)]) + rng.randbytes(rng.randrange(0, 300))


def rtcp(rng):
    return bytes([rng.randrange(128, 192), rng.randrange(192, 224)]) + struct.pack("!H", rng.randrange(65536)) + rng.randbytes(
        rng.randrange(0, 100)
    )


def noise(rng):
    return rng.randbytes(rng.randrange(0, 1400))


def main():
    host, port, rate, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    rng = random.Random(1)
    kinds = [stun, stun, dtls, rtp, rtcp, noise]
    datagrams = [rng.choice(kinds)(rng) for _ in range(2000)]
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(16)]
    for sock in sockets:
        sock.setblocking(False)
        sock.connect((host, port))
    sent = replies = sent_bytes = reply_bytes = 0
    start = time.monotonic()
    while (now := time.monotonic() - start) < seconds:
        while sent < now * rate:
            data = datagrams[sent % len(datagrams)]
            try:
                sent_bytes += sockets[sent % len(sockets)].send(data)
            except OSError:
                pass
            sent += 1
        for sock in sockets:
            try:
                while True:
                    reply_bytes += len(sock.recv(2048))
                    replies += 1
            except OSError:
                pass
        time.sleep(0.001)
    print(json.dumps({"sent": sent, "sent_bytes": sent_bytes, "replies": replies, "reply_bytes": reply_bytes}))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
