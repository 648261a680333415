"""Frames of HTTP/2 (RFC 9113) and header blocks (RFC 7541) as bytes, by hand: libraries refuse to write what attackers send."""

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)

ACK = END_STREAM = 0x1
END_HEADERS = 0x4
PADDED = 0x8

INITIAL_WINDOW_SIZE = 0x4
CANCEL = 0x8

ERRORS = (
    "NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR REFUSED_STREAM "
    "CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED"
).split()

FACTS = "/dossier.v1.FactService/"
DATASET = FACTS + "GetDataset"
EVENTS = FACTS + "ListEvents"
EXPORT = FACTS + "ExportEvents"
WATCH = FACTS + "WatchEvents"
HEALTH, CHECK = "/grpc.health.v1.Health/Watch", "/grpc.health.v1.Health/Check"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(**values):
    """Settings by their numbers, as `settings(**{"4": 0})`; none is as good."""
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", int(name), value) for name, value in values.items()))


def window(increment, stream=0):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def ping(ack=False, said=bytes(8)):
    return frame(PING, ACK if ack else 0, 0, said)


def data(stream, payload=b"", end=False):
    return frame(DATA, END_STREAM if end else 0, stream, payload)


def integer(value, bits, first=0):
    """An integer with a prefix of so many bits; `first` is what else its first byte says."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return integer(len(value), 7) + value


def literal(name, value, indexed=False):
    """A header written out; `indexed` has the other side remember it."""
    return (b"\x40" if indexed else b"\x00") + text(name) + text(value)


def block(path=DATASET, more=(), method="POST", scheme="http"):
    """The header block of a call, each by itself whole, so that bytes for many streams can be made before."""
    pairs = [(":method", method), (":scheme", scheme), (":path", path), (":authority", "localhost")]
    pairs += [("content-type", "application/grpc"), ("te", "trailers"), *more]
    return b"".join(literal(name, value) for name, value in pairs)


def headers(stream, of, end=False, done=True):
    return frame(HEADERS, (END_STREAM if end else 0) | (END_HEADERS if done else 0), stream, of)


def message(body=b"", compressed=False, declared=None):
    """A message of gRPC behind its prefix, which may lie about the length."""
    return struct.pack(">BI", compressed, len(body) if declared is None else declared) + body


def call(stream, path=DATASET, body=b"", end=True):
    """A call with its message, as a rule a whole one."""
    return headers(stream, block(path)) + data(stream, message(body), end)


def opened(stream, path=DATASET):
    """A call whose request has not ended."""
    return headers(stream, block(path))
