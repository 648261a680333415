"""Typed calls, errors a program can act on, deadlines, cancellation, compression."""

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status


@pytest.fixture
def stub(channel, contract):
    return contract.stub(channel)


def details(error):
    """The messages in an error's details, by type."""
    found = {}
    for packed in rpc_status.from_call(error).details:
        for message in (
            error_details_pb2.ErrorInfo(),
            error_details_pb2.BadRequest(),
            error_details_pb2.ResourceInfo(),
            error_details_pb2.RetryInfo(),
        ):
            if packed.Unpack(message):
                found.setdefault(type(message).__name__, []).append(message)
    return found


def test_an_event_with_its_claims(stub, contract):
    event = stub.GetEvent(contract.messages.GetEventRequest(name="events/anefis-taken"))
    assert event.name == "events/anefis-taken"
    assert event.kind == contract.parts.EventKind.EVENT_KIND_TAKING
    assert event.status == contract.parts.EventStatus.EVENT_STATUS_OCCURRED
    assert len(event.claims) >= 2
    assert all(claim.citations[0].source for claim in event.claims)


def test_seven_handovers_and_what_is_planned(stub, contract):
    request = contract.messages.ListCampHandoversRequest()
    assert len(stub.ListCampHandovers(request).camp_handovers) == 7
    request.filter.statuses.append(contract.parts.EventStatus.EVENT_STATUS_PLANNED)
    planned = stub.ListCampHandovers(request).camp_handovers
    assert 0 < len(planned) < 7
    assert all(row.status == contract.parts.EventStatus.EVENT_STATUS_PLANNED for row in planned)


def test_every_page_once(stub, contract):
    everything = stub.ListEvents(contract.messages.ListEventsRequest(page_size=1000))
    names, token = [], ""
    while True:
        page = stub.ListEvents(contract.messages.ListEventsRequest(page_size=3, page_token=token))
        assert page.revision == everything.revision
        names += [event.name for event in page.events]
        token = page.next_page_token
        if not token:
            break
    assert names == [event.name for event in everything.events]
    assert len(names) == len(set(names)) > 3


def test_the_revision_comes_with_every_answer(stub, contract):
    dataset, call = stub.GetDataset.with_call(contract.messages.GetDatasetRequest())
    metadata = dict(call.initial_metadata()) | dict(call.trailing_metadata())
    assert metadata["dossier-revision"] == dataset.revision


def test_an_unknown_name_tells_the_near_ones(stub, contract):
    with pytest.raises(grpc.RpcError) as raised:
        stub.GetCamp(contract.messages.GetCampRequest(name="camps/kidall"))
    assert raised.value.code() == grpc.StatusCode.NOT_FOUND
    found = details(raised.value)
    assert found["ErrorInfo"][0].reason == "UNKNOWN_NAME"
    assert found["ErrorInfo"][0].domain == "dossier"
    assert found["ResourceInfo"][0].resource_name == "camps/kidall"
    assert "camps/kidal" in found["ResourceInfo"][0].description


def test_all_violations_at_once(stub, contract):
    request = contract.messages.ListEventsRequest(page_size=-1)
    request.filter.first_day = "2023-02-30"
    request.filter.as_of = "yesterday"
    with pytest.raises(grpc.RpcError) as raised:
        stub.ListEvents(request)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    found = details(raised.value)
    assert found["ErrorInfo"][0].reason == "INVALID_FIELD"
    fields = {violation.field for violation in found["BadRequest"][0].field_violations}
    assert fields == {"page_size", "filter.first_day", "filter.as_of"}


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.NoCompression])
def test_an_export_is_what_the_pages_hold(stub, contract, compression):
    everything = stub.ListEvents(contract.messages.ListEventsRequest(page_size=1000))
    batches = list(stub.ExportEvents(contract.messages.ExportEventsRequest(), compression=compression))
    assert [event for batch in batches for event in batch.events] == list(everything.events)
    assert {batch.revision for batch in batches} == {everything.revision}
    rest = list(stub.ExportEvents(contract.messages.ExportEventsRequest(resume_token=batches[-1].resume_token)))
    assert len(rest) == 1 and not rest[0].events and rest[0].revision == everything.revision


def test_an_export_tells_its_errors_as_lists_do(stub, contract):
    for change, code, reason in [
        (dict(filter=contract.parts.EventFilter(first_day="2023-02-30")), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"),
        (dict(filter=contract.parts.EventFilter(camps=["camps/kidall"])), grpc.StatusCode.NOT_FOUND, "UNKNOWN_NAME"),
        (dict(resume_token="nonsense"), grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID"),
    ]:
        with pytest.raises(grpc.RpcError) as raised:
            list(stub.ExportEvents(contract.messages.ExportEventsRequest(**change)))
        assert raised.value.code() == code
        assert details(raised.value)["ErrorInfo"][0].reason == reason


def test_an_export_that_is_cancelled_leaves_the_connection_usable(stub, contract):
    for _ in range(20):
        stub.ExportEvents(contract.messages.ExportEventsRequest()).cancel()
    assert stub.ListEvents(contract.messages.ListEventsRequest()).events


def test_undecodable_bytes_are_the_callers_fault(channel):
    call = channel.unary_unary("/dossier.v1.FactService/GetEvent")
    with pytest.raises(grpc.RpcError) as raised:
        call(b"\x0a\xff\xff")
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert details(raised.value)["ErrorInfo"][0].reason == "MALFORMED_REQUEST"


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.NoCompression])
def test_compressed_requests(stub, contract, compression):
    request = contract.messages.BatchGetEventsRequest(names=["events/anefis-taken"] * 50)
    assert len(stub.BatchGetEvents(request, compression=compression).events) == 50


def test_a_call_within_its_deadline(stub, contract):
    assert stub.ListSources(contract.messages.ListSourcesRequest(), timeout=5).sources


def test_a_passed_deadline(stub, contract):
    with pytest.raises(grpc.RpcError) as raised:
        stub.ListEvents(contract.messages.ListEventsRequest(), timeout=-1)
    assert raised.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_cancelled_calls_leave_the_connection_usable(stub, contract):
    for _ in range(50):
        stub.ListEvents.future(contract.messages.ListEventsRequest()).cancel()
    assert stub.ListEvents(contract.messages.ListEventsRequest()).events
