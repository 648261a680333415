"""Pings of a client that wants to know whether its server is there: answered, however many, with and without a call."""

import contextlib

import grpc
import pytest
from conftest import eventually
from contract import LONG
from hyperframe.frame import GoAwayFrame
from tap import Tap

# A server that keeps to what gRPC recommends closes a connection at the third, with `too_many_pings`.
PINGS = 5

# grpcio pings once a second at most, whatever it is told.
OFTEN = [
    ("grpc.keepalive_time_ms", 100),
    ("grpc.keepalive_timeout_ms", 1000 * LONG),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # Its other pings, which measure what a connection carries.
    ("grpc.http2.bdp_probe", 0),
]


@pytest.mark.parametrize("during", ["no call", "a call"])
def test_pings_are_answered_and_the_connection_lasts(address, contract, during):
    states, messages = [], contract.messages
    with Tap(address) as tap, grpc.insecure_channel(tap.address, options=OFTEN) as channel, contextlib.ExitStack() as stack:
        channel.subscribe(states.append)
        stub = contract.stub(channel)
        stub.GetDataset(messages.GetDatasetRequest())
        if during == "a call":
            watch = stub.WatchEvents(messages.WatchEventsRequest())
            stack.callback(watch.cancel)
            next(watch)
        eventually(lambda: len(tap.pongs) >= PINGS, f"{PINGS} pings are answered")
        assert during == "no call" or watch.is_active()
        assert stub.GetDataset(messages.GetDatasetRequest()).revision
        assert tap.connections == 1 and states.count(grpc.ChannelConnectivity.READY) == 1
        assert grpc.ChannelConnectivity.TRANSIENT_FAILURE not in states
        assert not [frame for frame in tap.answered if isinstance(frame, GoAwayFrame)]
