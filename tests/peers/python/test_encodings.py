"""What compressed answers are on the wire, which clients hide: a plain HTTP/2 client and the decoders themselves."""

import gzip
import struct

import httpx
import pytest
import zstandard


def gunzip(body):
    return gzip.decompress(body)


def unzstd(body):
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


def call(address, accept):
    """Calls ListEvents with an empty request and splits the answer's one frame into flag and body."""
    headers = {"content-type": "application/grpc", "te": "trailers"}
    if accept:
        headers["grpc-accept-encoding"] = accept
    with httpx.Client(http1=False, http2=True) as client:
        answer = client.post(
            f"http://{address}/dossier.v1.FactService/ListEvents", headers=headers, content=b"\0\0\0\0\0"
        )
    assert answer.status_code == 200
    flag, length = struct.unpack(">BI", answer.content[:5])
    body = answer.content[5:]
    assert len(body) == length
    return answer.headers.get("grpc-encoding", "identity"), flag, body


@pytest.mark.parametrize(("encoding", "decode"), [("gzip", gunzip), ("zstd", unzstd)])
def test_a_stored_body_is_compressed_as_asked(address, encoding, decode):
    plain_encoding, plain_flag, plain = call(address, None)
    assert (plain_encoding, plain_flag) == ("identity", 0)
    named, flag, body = call(address, encoding)
    assert (named, flag) == (encoding, 1)
    assert len(body) < len(plain) / 2
    assert decode(body) == plain


def test_an_encoding_nobody_knows_is_left_alone(address):
    assert call(address, "snappy,brotli")[:2] == ("identity", 0)


def test_a_request_in_an_encoding_nobody_knows_is_unimplemented(address):
    headers = {"content-type": "application/grpc", "te": "trailers", "grpc-encoding": "snappy"}
    with httpx.Client(http1=False, http2=True) as client:
        answer = client.post(
            f"http://{address}/dossier.v1.FactService/ListEvents", headers=headers, content=b"\1\0\0\0\1x"
        )
    assert answer.status_code == 200
    # Errors come as a head without a body; the specification wants the encodings that would do.
    assert answer.headers["grpc-status"] == "12"
    assert {"gzip", "zstd"} <= {name.strip() for name in answer.headers["grpc-accept-encoding"].split(",")}
