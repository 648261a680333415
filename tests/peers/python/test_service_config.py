"""The service configuration of docs/operations.md, as grpcio takes it from there: what is tried again, for how long, and where.

That calls are spread, and that a replica which stops takes none with it, is tested with deploy/ and in operation.
"""

import concurrent.futures
import contextlib
import threading

import grpc
import pytest
from conftest import admin_address, eventually, metrics, serving
from contract import FACTS, LONG, Begun, service_config
from grpc_health.v1 import health_pb2
from tap import Tap

# As the document has it: how often a call is tried.
ATTEMPTS = 4


class Front(grpc.GenericRpcHandler):
    """In front of a server: refuses so many calls for facts, passes on the others, and keeps how often each was tried before."""

    def __init__(self, channel, refuses, code, ready=True):
        self.channel, self.refuses, self.code, self.ready = channel, refuses, code, ready
        self.attempts, self.asked_for_health = [], threading.Event()

    def service(self, call):
        if call.method.startswith(FACTS):
            return grpc.unary_stream_rpc_method_handler(lambda request, context: self.answer(call, request, context))
        if call.method == "/grpc.health.v1.Health/Watch" and not self.ready:
            return grpc.unary_stream_rpc_method_handler(self.watched)
        return None

    def answer(self, call, request, context):
        self.attempts.append(int(dict(call.invocation_metadata).get("grpc-previous-rpc-attempts", 0)))
        if len(self.attempts) <= self.refuses:
            context.abort(self.code, "refused")
        same = {"request_serializer": bytes, "response_deserializer": bytes}
        yield from self.channel.unary_stream(call.method, **same)(request)

    def watched(self, request, context):
        self.asked_for_health.set()
        yield health_pb2.HealthCheckResponse(status="NOT_SERVING").SerializeToString()
        left = threading.Event()
        if context.add_callback(left.set):
            left.wait()


@pytest.fixture
def front(channel):
    """Starts fronts: answers each with its address."""
    with contextlib.ExitStack() as stack:

        def start(refuses, code=grpc.StatusCode.UNAVAILABLE, **how):
            server = grpc.server(stack.enter_context(concurrent.futures.ThreadPoolExecutor(4)))
            front = Front(channel, refuses, code, **how)
            server.add_generic_rpc_handlers([front])
            front.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
            server.start()
            stack.callback(lambda: server.stop(None).wait())
            return front

        yield start


@contextlib.contextmanager
def configured(*addresses, **options):
    """A channel to these, with the document's configuration."""
    options = {"service_config": service_config(), "default_authority": "dossier", **options}
    options = [(f"grpc.{name}", value) for name, value in options.items() if value]
    with grpc.insecure_channel("ipv4:" + ",".join(addresses), options=options) as channel:
        yield channel


def test_what_is_unavailable_is_tried_again(front, contract):
    refuses = front(ATTEMPTS - 1)
    with configured(refuses.address) as channel:
        assert contract.stub(channel).GetDataset(contract.messages.GetDatasetRequest()).revision
    assert refuses.attempts == [0, 1, 2, 3]


def test_what_stays_unavailable_is_not_tried_for_ever(front, contract):
    refuses = front(2 * ATTEMPTS)
    with configured(refuses.address) as channel, pytest.raises(grpc.RpcError) as raised:
        contract.stub(channel).GetDataset(contract.messages.GetDatasetRequest())
    assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
    assert len(refuses.attempts) == ATTEMPTS


def test_streams_are_tried_again_too(front, contract):
    refuses = front(2)
    with configured(refuses.address) as channel:
        stub, messages = contract.stub(channel), contract.messages
        assert sum(len(batch.events) for batch in stub.ExportEvents(messages.ExportEventsRequest())) > 10
    assert refuses.attempts == [0, 1, 2]


def test_calls_get_a_deadline_that_their_caller_did_not_set_and_streams_get_none(address, contract):
    with configured(address) as channel:
        begun, messages = Begun(channel, "GetEvent", timeout=None), contract.messages
        watch = contract.stub(channel).WatchEvents(messages.WatchEventsRequest())
        next(watch)
        # grpcio keeps it to itself, and takes ten seconds for some eight.
        assert begun.call.exception(timeout=LONG).code() == grpc.StatusCode.DEADLINE_EXCEEDED
        begun.leave()
        assert watch.is_active()
        watch.cancel()


@pytest.mark.parametrize("code", ["RESOURCE_EXHAUSTED", "ABORTED", "DATA_LOSS", "DEADLINE_EXCEEDED", "INTERNAL"])
def test_nothing_else_is_tried_again(front, contract, code):
    refuses = front(1, grpc.StatusCode[code])
    with configured(refuses.address) as channel, pytest.raises(grpc.RpcError) as raised:
        contract.stub(channel).GetDataset(contract.messages.GetDatasetRequest())
    assert raised.value.code().name == code
    assert len(refuses.attempts) == 1


def test_a_call_that_is_sent_away_for_want_of_room_does_not_come_back(tmp_path, contract):
    log = tmp_path / "log"
    with serving("seeds", "--max-calls", "1", "--admin-listen", "127.0.0.1:0", log=log) as (_, address):
        admin = admin_address(log)
        with grpc.insecure_channel(address) as channel, configured(address) as other:
            begun = Begun(channel, "GetEvent")
            eventually(lambda: metrics(admin)["dossier_calls_in_flight"] == 1, "the only place is taken")
            with pytest.raises(grpc.RpcError) as raised:
                contract.stub(other).GetDataset(contract.messages.GetDatasetRequest())
            begun.call.cancel()
            begun.leave()
            assert raised.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
            assert metrics(admin)['dossier_calls_refused_total{reason="queue"}'] == 1
            # Later it is answered, by the same channel.
            eventually(lambda: metrics(admin)["dossier_calls_in_flight"] == 0, "the place is free")
            assert contract.stub(other).GetDataset(contract.messages.GetDatasetRequest()).revision


def test_a_replica_that_is_not_ready_is_left_out(address, front, contract):
    damaged = front(0, ready=False)
    with configured(address, damaged.address) as channel:
        stub, request = contract.stub(channel), contract.messages.GetDatasetRequest()
        assert stub.GetDataset(request).revision and damaged.asked_for_health.wait(LONG)
        for _ in range(20):
            assert stub.GetDataset(request).revision
    assert not damaged.attempts


def test_a_list_of_addresses_needs_a_name_beside_it(address, contract):
    """Without one grpcio makes a name of the list, which is none that a request may carry."""
    with Tap(address) as tap:
        with configured(tap.address, tap.address, default_authority=None, service_config=None) as channel:
            with pytest.raises(grpc.RpcError):
                contract.stub(channel).GetDataset(contract.messages.GetDatasetRequest())
        [asked], answered = tap.heads(FACTS + "GetDataset")
        assert asked[":authority"].replace("%2C", ",") == f"{tap.address},{tap.address}" and not answered
        with configured(tap.address, tap.address) as channel:
            assert contract.stub(channel).GetDataset(contract.messages.GetDatasetRequest()).revision
