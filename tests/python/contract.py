"""The contract as Python modules, made of proto/ by grpcio-tools; calls in bytes, and what they answered."""

import collections
import importlib
import json
import pathlib
import queue
import sys
import types

import grpc
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FACTS = "/dossier.v1.FactService/"
STREAMS = ("ExportEvents", "WatchEvents")

# Longer than any call takes on a machine that is busy with other things.
LONG = 60


def load(folder):
    """Generates the modules into a folder, and answers what the tests use of them."""
    from grpc_tools import protoc

    protos = [path for package in ("dossier/v1", "dossier/admin/v1") for path in (ROOT / "proto" / package).glob("*.proto")]
    protos = [str(path.relative_to(ROOT / "proto")) for path in protos] + ["google/type/latlng.proto"]
    includes = [f"-I{ROOT / 'proto'}", f"-I{pathlib.Path(protoc.__file__).parent / '_proto'}"]
    assert protoc.main(["protoc", *includes, f"--python_out={folder}", f"--grpc_python_out={folder}", *protos]) == 0
    sys.path.insert(0, str(folder))
    modules = [importlib.import_module(proto.removesuffix(".proto").replace("/", ".") + "_pb2") for proto in protos]
    from dossier.admin.v1 import admin_service_pb2, admin_service_pb2_grpc
    from dossier.v1 import dataset_pb2, fact_service_pb2, fact_service_pb2_grpc

    return types.SimpleNamespace(
        messages=fact_service_pb2,
        stub=fact_service_pb2_grpc.FactServiceStub,
        methods=[method.name for method in fact_service_pb2.DESCRIPTOR.services_by_name["FactService"].methods],
        parts=types.SimpleNamespace(**{name: value for module in modules for name, value in vars(module).items()}),
        outcome=dataset_pb2.ReloadOutcome,
        refusal=dataset_pb2.ReloadRefusal,
        admin=admin_service_pb2,
        operators=admin_service_pb2_grpc.AdminServiceStub,
    )


@pytest.fixture(scope="session")
def contract(tmp_path_factory):
    """The same for tests, whose conftest.py imports it."""
    return load(tmp_path_factory.mktemp("stubs"))


def service_config():
    """What docs/operations.md has clients be configured with, as it stands there."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    [text] = [block.split("```")[0] for block in page.split("```json\n")[1:] if "loadBalancingConfig" in block]
    json.loads(text)
    return text


# A call: the method's name, and the bytes of its request.
Request = collections.namedtuple("Request", "method bytes")

# What it answered: status, what an error says (text and details), the bytes of its messages, the revision in the metadata.
Answer = collections.namedtuple("Answer", "code said messages revision")


def ask(channel, request, timeout=LONG):
    """Calls, and answers what came, an error too."""
    kind = "unary_stream" if request.method in STREAMS else "unary_unary"
    call = getattr(channel, kind)(FACTS + request.method, request_serializer=bytes, response_deserializer=bytes)
    messages = []
    try:
        if kind == "unary_stream":
            call = call(request.bytes, timeout=timeout)
            messages.extend(call)
        else:
            message, call = call.with_call(request.bytes, timeout=timeout)
            messages.append(message)
        code, said = grpc.StatusCode.OK, ()
    except grpc.RpcError as error:
        # An error is a call too.
        call, code = error, error.code()
        said = (error.details(), dict(error.trailing_metadata() or ()).get("grpc-status-details-bin"))
    metadata = dict(call.initial_metadata() or ()) | dict(call.trailing_metadata() or ())
    return Answer(code.name, said, tuple(messages), metadata.get("dossier-revision"))


def reason(error):
    """The reason that an error of the server gives; none, if it is the client's or the connection's."""
    from google.rpc import error_details_pb2
    from grpc_status import rpc_status

    status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    return next((info.reason for detail in (status.details if status else ()) if detail.Unpack(info)), None)


class Begun:
    """A call whose head has been sent, and whose request has not."""

    def __init__(self, channel, method, timeout=2 * LONG):
        same = {"request_serializer": bytes, "response_deserializer": bytes}
        self.parts = queue.Queue()
        self.call = channel.stream_unary(FACTS + method, **same).future(iter(self.parts.get, None), timeout=timeout)

    def end(self, request):
        """Sends it, and answers the call."""
        self.parts.put(request)
        self.parts.put(None)
        return self.call

    def leave(self):
        """Lets go of the thread that would send it."""
        self.parts.put(None)
