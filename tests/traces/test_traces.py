"""What a collector of OpenTelemetry's own types is told of calls."""

import concurrent.futures
import json
import pathlib
import subprocess
import threading
import time

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHOD = "/dossier.v1.FactService/"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps what it is told."""

    def __init__(self):
        self.spans = []
        self.resources = []
        self.news = threading.Condition()

    def Export(self, request, context):
        with self.news:
            for resource in request.resource_spans:
                self.resources.append({found.key: found.value.string_value for found in resource.resource.attributes})
                self.spans += [span for scope in resource.scope_spans for span in scope.spans]
            self.news.notify_all()
        return trace_service_pb2.ExportTraceServiceResponse()

    def of(self, name):
        return [span for span in self.spans if span.name == name]


@pytest.fixture
def collector():
    """A collector on a free port, and its address."""
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    collector = Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    collector.address = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield collector
    server.stop(None)


def serve(tmp_path, endpoint, *arguments):
    """A server that tells its traces, its address, and its log."""
    command = [ROOT / "target/debug/dossier", "serve", "--listen", "127.0.0.1:0", "--otlp-endpoint", endpoint, *arguments]
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
    line = server.stdout.readline()
    assert line.startswith("listening on "), (tmp_path / "log").read_text()
    return server, line.split()[-1]


def call(channel, method, request=b"", **metadata):
    made = channel.unary_unary(METHOD + method, request_serializer=bytes, response_deserializer=bytes)
    return made(request, timeout=10, metadata=list(metadata.items()))


def attributes(span):
    return {found.key: found.value.string_value or found.value.int_value for found in span.attributes}


def test_calls_are_told_as_their_callers_want(tmp_path, collector):
    server, address = serve(tmp_path, collector.address)
    with grpc.insecure_channel(address) as channel:
        call(channel, "ListEvents", traceparent=f"00-{TRACE}-{SPAN}-01", **{"x-request-id": "wanted"})
        call(channel, "ListPlaces", traceparent=f"00-{TRACE}-{SPAN}-00")
        with pytest.raises(grpc.RpcError):
            call(channel, "GetEvent", b"\x0a\x03bad", traceparent=f"00-{TRACE}-{SPAN}-01")
    server.terminate()
    # What was not told yet is told before it ends.
    assert server.wait(timeout=20) == 0
    (listed,) = collector.of("dossier.v1.FactService/ListEvents")
    assert listed.trace_id.hex() == TRACE and listed.parent_span_id.hex() == SPAN
    assert listed.kind == listed.SPAN_KIND_SERVER
    assert listed.end_time_unix_nano >= listed.start_time_unix_nano > (time.time() - 60) * 1e9
    told = attributes(listed)
    assert told["rpc.system"] == "grpc" and told["rpc.service"] == "dossier.v1.FactService" and told["rpc.method"] == "ListEvents"
    assert told["dossier.request_id"] == "wanted" and told["dossier.rows"] > 0 and told["dossier.sent"] > 0
    assert told["enduser.id"] == "anonymous"
    assert not collector.of("dossier.v1.FactService/ListPlaces"), "its caller did not want it told"
    (failed,) = collector.of("dossier.v1.FactService/GetEvent")
    assert attributes(failed)["rpc.grpc.status_code"] == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert failed.status.code == failed.status.STATUS_CODE_UNSET, "it is the caller's fault"
    assert collector.resources[0]["service.name"] == "dossier"
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert any(line.get("trace") == TRACE and line.get("id") == "wanted" for line in lines), "the log names the trace"


def test_one_in_so_many_is_told_where_callers_do_not_say(tmp_path, collector):
    server, address = serve(tmp_path, collector.address, "--otlp-one-in", "10")
    with grpc.insecure_channel(address) as channel:
        for _ in range(100):
            call(channel, "GetDataset")
    server.terminate()
    assert server.wait(timeout=20) == 0
    assert len(collector.of("dossier.v1.FactService/GetDataset")) == 10


def test_a_collector_that_is_not_there_is_in_nobodys_way(tmp_path):
    server, address = serve(tmp_path, "http://127.0.0.1:9", "--otlp-one-in", "1")
    with grpc.insecure_channel(address) as channel:
        began = time.monotonic()
        for _ in range(100):
            call(channel, "GetDataset")
        assert time.monotonic() - began < 10
    server.terminate()
    assert server.wait(timeout=20) == 0
