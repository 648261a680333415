"""A client that has no stubs: reflection gives it the contract, health tells whether to call."""

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SERVICE = "dossier.v1.FactService"
SERVING = health_pb2.HealthCheckResponse.SERVING


def test_reflection_lists_services(channel):
    services = ProtoReflectionDescriptorDatabase(channel).get_services()
    assert {SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"} <= set(services)


def test_a_call_by_reflection_alone(channel):
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName(SERVICE).FindMethodByName("GetEventsNear")
    request_class, response_class = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    call = channel.unary_unary(
        f"/{SERVICE}/{method.name}",
        request_serializer=request_class.SerializeToString,
        response_deserializer=response_class.FromString,
    )
    request = json_format.ParseDict({"place": "places/kidal", "radius_meters": 150_000}, request_class())
    near = json_format.MessageToDict(call(request), preserving_proto_field_name=True)
    by_name = {row["event"]["name"]: row for row in near["nearby_events"]}
    taken = by_name["events/anefis-taken"]
    assert abs(taken["distance_meters"] - 96_200) < 500
    assert abs(taken["bearing_degrees"] - 242.5) < 1
    distances = [row.get("distance_meters", 0.0) for row in near["nearby_events"]]
    assert distances == sorted(distances)


def test_the_format_of_files_is_not_reflected(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    with pytest.raises(KeyError):
        database.FindFileContainingSymbol("dossier.seed.v1.FactFile")
    # The same stream goes on: not knowing a name is an answer.
    assert database.FindFileContainingSymbol("dossier.v1.Event").name == "dossier/v1/event.proto"


def test_custom_options_are_found_by_number(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    numbers = database.FindAllExtensionNumbers("google.protobuf.MessageOptions")
    assert list(numbers) == [1053]


def test_health_of_the_server_and_of_the_service(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", SERVICE):
        assert stub.Check(health_pb2.HealthCheckRequest(service=service)).status == SERVING


def test_health_of_a_stranger_is_not_found(channel):
    with pytest.raises(grpc.RpcError) as raised:
        health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="no.such.Service"))
    assert raised.value.code() == grpc.StatusCode.NOT_FOUND


def test_health_watch_tells_the_state_at_once(channel):
    stream = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=5)
    assert next(stream).status == SERVING
    stream.cancel()
