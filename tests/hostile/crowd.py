"""Many idle connections, in a process of their own: descriptors are a limit of each process.

As a program it is told how many, where, from which address and what they say; it opens them, answers how many the server let
stand, and does what it is told on standard input until that ends.
"""

import json
import pathlib
import select
import socket
import subprocess
import sys

import frames
from server import host_and_port, raise_descriptors


class Crowd:
    """The handle of the other process."""

    def __init__(self, address, count, source="127.0.0.1", first=b""):
        command = [sys.executable, pathlib.Path(__file__), address, str(count), source, first.hex()]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def standing(self, says=b""):
        """Has all that stand say something more; answers how many do then."""
        self.process.stdin.write(f"{says.hex()}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def leave(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


def main(address, count, source, first):
    raise_descriptors()
    where, first = host_and_port(address), bytes.fromhex(first)
    poll, peers = select.epoll(), {}
    for _ in range(int(count)):
        peer = socket.socket()
        peer.bind((source, 0))
        # An answer or two is all that there is to take.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
        peer.settimeout(60)
        peer.connect(where)
        peers[peer.fileno()] = peer
        poll.register(peer, select.EPOLLIN | select.EPOLLRDHUP)
        say(peer, first)
    for line in sys.stdin:
        for peer in peers.values():
            say(peer, bytes.fromhex(line))
        # Those that were closed show it at once, or when the server has come round to them.
        while events := poll.poll(1, 1000):
            for number, event in events:
                if gone(peers[number], event):
                    poll.unregister(number)
                    peers.pop(number).close()
        print(len(peers), flush=True)


def say(peer, what):
    """Who was turned away hears of it by its end."""
    try:
        peer.sendall(what)
    except OSError:
        pass


def gone(peer, event):
    """Takes what the server said; answers whether it has ended the connection."""
    try:
        return not peer.recv(1 << 20) or bool(event & (select.EPOLLHUP | select.EPOLLERR))
    except OSError:
        return True


if __name__ == "__main__":
    main(*sys.argv[1:])
