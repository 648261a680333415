"""Stands between a client and a server: passes their bytes on, and keeps the frames of HTTP/2 that went by."""

import contextlib
import socket
import threading

import hpack
from hyperframe.frame import Frame, HeadersFrame, PingFrame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Tap:
    """Listens on a port of its own. Frames by who sent them, over all connections; those of heads have them read."""

    def __init__(self, server):
        self.server = server
        self.connections, self.asked, self.answered, self.ends = 0, [], [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in [self.listener, *self.ends]:
            with contextlib.suppress(OSError):
                # Closing alone does not wake who waits for it.
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                host, port = self.server.rsplit(":", 1)
                server = socket.create_connection((host, int(port)))
                self.ends += [client, server]
                self.connections += 1
                for from_, to, kept, skipped in [(client, server, self.asked, len(PREFACE)), (server, client, self.answered, 0)]:
                    threading.Thread(target=self._pass, args=(from_, to, kept, skipped), daemon=True).start()

    def _pass(self, from_, to, kept, skipped):
        received, decoder = bytearray(), hpack.Decoder()
        with contextlib.suppress(OSError):
            while part := from_.recv(1 << 16):
                received += part
                if skipped and len(received) >= skipped:
                    del received[:skipped]
                    skipped = 0
                if not skipped:
                    keep(received, decoder, kept)
                # What a client has been answered is kept by then.
                to.sendall(part)
            to.shutdown(socket.SHUT_WR)

    @property
    def pings(self):
        return [frame for frame in self.asked if isinstance(frame, PingFrame) and "ACK" not in frame.flags]

    @property
    def pongs(self):
        return [frame for frame in self.answered if isinstance(frame, PingFrame) and "ACK" in frame.flags]

    def heads(self, path):
        """The heads of calls of a method, and what they were answered: heads and trailers."""
        asked = [frame for frame in self.asked if isinstance(frame, HeadersFrame) and frame.head[":path"] == path]
        streams = {frame.stream_id for frame in asked}
        answered = [frame.head for frame in self.answered if isinstance(frame, HeadersFrame) and frame.stream_id in streams]
        return [frame.head for frame in asked], answered


def keep(received, decoder, kept):
    """Takes whole frames from the front of what was received."""
    while len(received) >= 9:
        frame, length = Frame.parse_frame_header(memoryview(bytes(received[:9])))
        if len(received) < 9 + length:
            return
        frame.parse_body(memoryview(bytes(received[9 : 9 + length])))
        del received[: 9 + length]
        if isinstance(frame, HeadersFrame):
            assert "END_HEADERS" in frame.flags, "no head here is so long that it goes on in another frame"
            frame.head = dict(decoder.decode(frame.data))
        kept.append(frame)
