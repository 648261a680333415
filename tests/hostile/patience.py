"""Connections that say nothing, or too little, or too slowly: all beside the other tests, since what ends them is time."""

import contextlib
import ssl
import threading
import time

import frames
from server import Server
from wire import GREETING, Wire, hello

# How often those that say a byte at a time say one, in seconds.
DRIP = 1.0

# How long a call may take on the servers here, and how long a connection goes on without one at one of them.
CALL = 3
IDLE = 5

# How many connections the port of operators has; and how many handshakes stop half-way.
OPERATORS = 64
HALVES = 200

WEB = b"POST /dossier.v1.FactService/GetDataset HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/grpc-web+proto\r\n"
NO_WINDOW = frames.PREFACE + frames.settings(**{"4": 0})
BYTE = frames.PREFACE + frames.settings(**{"4": 1})
HEAD = frames.headers(1, frames.block())


def connections(plain, idle, tls, context):
    """What is said at once and what a byte at a time, by what it is."""
    return {
        "nothing": Slow(plain),
        "the first byte of HTTP/2": Slow(plain, b"P"),
        "the preface but for a byte": Slow(plain, frames.PREFACE[:-1]),
        "the preface alone": Slow(plain, frames.PREFACE),
        "HEADERS a byte at a time": Slow(plain, GREETING, HEAD),
        "DATA a byte at a time": Slow(plain, GREETING + HEAD, frames.data(1, bytes(200))),
        "the first byte of HTTP/1": Slow(plain, b"G"),
        "a head of HTTP/1 a byte at a time": Slow(plain, b"GET / HTTP/1.1\r\n", b"X-Filler: " + bytes(200)),
        "nothing after an answer of HTTP/1": Slow(plain, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        "a body of HTTP/1 a byte at a time": Slow(plain, WEB + b"Content-Length: 200\r\n\r\n", bytes(200)),
        "pongs, and no calls": Slow(idle, GREETING, answers=True),
        "pongs, and an answer unread": Slow(idle, BYTE + frames.call(1, frames.EVENTS), answers=True),
        "pongs, and an export unread": Slow(idle, NO_WINDOW + frames.call(1, frames.EXPORT), answers=True),
        "nothing to TLS": Slow(tls),
        "half a hello of TLS": Slow(tls, hello()[:100]),
        "a hello of TLS a byte at a time": Slow(tls, hello()[:100], hello()[100:300]),
        "nothing once TLS is agreed on": Slow(tls, context=context),
        "the preface alone by TLS": Slow(tls, frames.PREFACE, context=context),
    }


class Slow(Wire):
    """A connection, and after how long the server had enough of it."""

    def __init__(self, address, first=b"", drip=b"", **how):
        super().__init__(address, greet=first, **how)
        self.began, self.closed, self.drip = time.monotonic(), None, drip

    def turn(self, drips):
        """Hears what the server says, and says the next byte when it is time."""
        if self.closed is not None:
            return
        self.hear()
        if drips and self.drip:
            self.send(self.drip[:1])
            self.drip = self.drip[1:]
        if self.over:
            self.closed = time.monotonic() - self.began


class Patience:
    """Servers, slow connections to them, and threads that wait."""

    def __init__(self, folder, certificates):
        tls = ["--tls-cert", certificates / "tls.crt", "--tls-key", certificates / "tls.key"]
        idle = ["--max-connection-idle", str(IDLE), "--max-connection-age-grace", str(IDLE), "--max-stream-wait", "1"]
        idle += ["--max-call-time", str(CALL)]
        names = {"plain": ["--max-call-time", str(CALL)], "idle": idle, "tls": tls, "silent": [], "polite": [], "deaf": []}
        names["halves"] = tls
        self.servers = {name: Server(folder / name, *arguments) for name, arguments in names.items()}
        context = ssl.create_default_context(cafile=certificates / "ca.crt")
        context.set_alpn_protocols(["h2"])
        self.slow = connections(*(self.servers[name].address for name in ("plain", "idle", "tls")), context)
        self.over, self.noted, self.began = threading.Event(), {}, time.monotonic()
        # All connections of operators are taken, by who says nothing and by who begins to ask.
        self.held = [Wire(self.servers["silent"].admin, greet=b"") for _ in range(OPERATORS)]
        self.held += [Wire(self.servers["polite"].admin, greet=b"G") for _ in range(OPERATORS)]
        # Nothing is read off the socket: only the server can see that this one ends.
        calls = b"".join(frames.call(stream, frames.EVENTS) for stream in range(1, 257, 2))
        self.held.append(Wire(self.servers["deaf"].address, greet=GREETING + calls, room=4096))
        self.threads = [threading.Thread(target=self._turns)]
        self.threads += [threading.Thread(target=self._scrape, args=(name,)) for name in ("silent", "polite")]
        self.threads += [threading.Thread(target=self._emptied, args=(name,)) for name in ("deaf", "halves")]
        self.held += [Wire(self.servers["halves"].address, greet=hello()[:100]) for _ in range(HALVES)]
        for thread in self.threads:
            thread.start()

    def _turns(self):
        last = time.monotonic()
        while not self.over.wait(0.05):
            drips = time.monotonic() - last >= DRIP
            last = time.monotonic() if drips else last
            for slow in self.slow.values():
                slow.turn(drips)

    def _scrape(self, name):
        """Notes after how long somebody else is answered on the port of operators."""
        with contextlib.suppress(OSError):
            self.servers[name].page(timeout=600)
            self.noted[name] = time.monotonic() - self.began

    def _emptied(self, name):
        """Notes after how long a server has no connection any more."""
        while self.servers[name].connections() and not self.over.wait(0.2):
            pass
        self.noted[name] = time.monotonic() - self.began

    def after(self, name, most):
        """After how many seconds the server had enough of one, or answered another; none if not within so many."""
        of = lambda: self.slow[name].closed if name in self.slow else self.noted.get(name)
        while of() is None and time.monotonic() - self.began < most:
            time.sleep(0.1)
        return of()

    def stop(self):
        self.over.set()
        for wire in [*self.slow.values(), *self.held]:
            wire.close()
        for thread in self.threads:
            thread.join()
        for server in self.servers.values():
            server.stop()
