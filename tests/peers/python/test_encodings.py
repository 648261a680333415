"""What compressed messages are on the wire, which clients hide: a plain HTTP/2 client and the decoders themselves, and grpcio."""

import gzip
import struct

import grpc
import httpx
import pytest
import zstandard
from hyperframe.frame import DataFrame
from tap import Tap


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


def test_grpcio_has_no_zstd_and_is_answered_in_gzip(address, contract):
    """It compresses by `grpc.Compression`, and takes nothing else."""
    request = contract.messages.BatchGetEventsRequest(names=["events/anefis-taken"] * 50)
    assert {each.name for each in grpc.Compression} == {"NoCompression", "Deflate", "Gzip"}
    with Tap(address) as tap, grpc.insecure_channel(tap.address) as channel:
        answer = contract.stub(channel).BatchGetEvents(request, compression=grpc.Compression.Gzip)
        [asked], [answered, _] = tap.heads("/dossier.v1.FactService/BatchGetEvents")
        sent, received = (b"".join(frame.data for frame in way if isinstance(frame, DataFrame)) for way in (tap.asked, tap.answered))
    print(f"grpcio {grpc.__version__} takes {asked['grpc-accept-encoding']}: no zstd")
    assert "zstd" not in asked["grpc-accept-encoding"]
    assert asked["grpc-encoding"] == answered["grpc-encoding"] == "gzip"
    assert gunzip(sent[5:]) == request.SerializeToString()
    assert sent[0] == received[0] == 1 and gunzip(received[5:]) == answer.SerializeToString()
    assert len(answer.events) == 50


def test_what_grpcio_deflates_is_told_what_would_do(address, contract):
    request = contract.messages.BatchGetEventsRequest(names=["events/anefis-taken"] * 50)
    with Tap(address) as tap, grpc.insecure_channel(tap.address) as channel:
        with pytest.raises(grpc.RpcError) as raised:
            contract.stub(channel).BatchGetEvents(request, compression=grpc.Compression.Deflate)
        _, [answered] = tap.heads("/dossier.v1.FactService/BatchGetEvents")
    assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert raised.value.details() == "the request's encoding is not known; use gzip, zstd or none"
    assert answered["grpc-accept-encoding"] == "gzip,zstd,identity"
