"""Callers that go on until they are told to stop: single calls, walks over pages, watches. What goes wrong is kept."""

import collections
import threading
import time
import traceback

import grpc

from contract import ask, reason
from process import HANG, eventually

# Between the turns of a caller: machines that run tests have few cores.
PAUSE = 0.003


class Callers:
    """Threads that call, and what came of it."""

    def __init__(self):
        self.done = threading.Event()
        self.counts = collections.Counter()
        self.wrong = []
        self.threads = []
        self.lock = threading.Lock()

    def count(self, what, by=1):
        with self.lock:
            self.counts[what] += by

    def go(self, turn):
        """Takes one turn after the other, on a thread of its own."""

        def turns():
            while not self.done.is_set() and len(self.wrong) < 10:
                try:
                    turn()
                except Exception:
                    if not self.done.is_set():
                        self.wrong.append(traceback.format_exc())
                time.sleep(PAUSE)

        self.threads.append(threading.Thread(target=turns, daemon=True))
        self.threads[-1].start()

    def go_on(self, more):
        """Waits until so many more calls have been answered."""
        enough = self.counts.total() + more
        eventually(lambda: self.wrong or self.counts.total() >= enough, "callers go on")

    def asks(self, channel, model, requests):
        """Asks all of these, one after the other, and compares the bytes."""

        def turn():
            for request in requests:
                wrong = model.wrong(request, ask(channel, request))
                self.count(request.method)
                if wrong:
                    self.wrong.append(wrong)
                if self.done.is_set():
                    return

        self.go(turn)

    def walks(self, stub, model, number=0, page_size=4, pause=0):
        """Walks over the pages of a filter to the end."""
        self.go(lambda: self._walk(stub, model, number, page_size, pause))

    def _walk(self, stub, model, number, page_size, pause):
        request = model.contract.messages.ListEventsRequest(filter=model.filters[number], page_size=page_size)
        revisions, events = set(), []
        while True:
            try:
                page = stub.ListEvents(request)
            except grpc.RpcError as error:
                if reason(error) == "REVISION_GONE":
                    return self.count("walks begun anew")
                raise
            self.count("pages")
            revisions.add(page.revision)
            events += page.events
            time.sleep(pause)
            request.page_token = page.next_page_token
            if not page.next_page_token:
                break
        [revision] = revisions
        right = model.events[revision, number]
        assert len(events) == len(right) and {event.name: event for event in events} == right, f"a walk of {revision}"
        self.count("walks")

    def watches(self, stub, model, number=0):
        """Holds a copy of what a filter takes, as the contract says: by an export, and a watch from its revision on."""
        watch = Watch(self, stub, model, number)
        self.go(watch.turn)
        return watch

    def stop(self, *watches):
        """Ends all callers; nothing may have gone wrong."""
        self.done.set()
        for watch in watches:
            watch.cancel()
        for thread in self.threads:
            thread.join(HANG)
        assert not any(thread.is_alive() for thread in self.threads), "a caller hangs"
        assert not self.wrong, f"{len(self.wrong)} went wrong, first: {self.wrong[0]}"
        print("; ".join(f"{count} {what}" for what, count in sorted(self.counts.items())))


class Watch:
    """A copy of events that follows what is served."""

    def __init__(self, callers, stub, model, number):
        self.callers, self.stub, self.model, self.number = callers, stub, model, number
        self.messages, self.filter = model.contract.messages, model.filters[number]
        self.revision, self.token, self.copy, self.stream = None, None, {}, None

    def turn(self):
        if self.token is None:
            self._export()
        try:
            request = self.messages.WatchEventsRequest(filter=self.filter, from_revision=self.token)
            self.stream = self.stub.WatchEvents(request)
            if self.callers.done.is_set():
                return self.cancel()
            for step in self.stream:
                self._apply(step)
            raise AssertionError("a watch never ends well")
        except grpc.RpcError as error:
            if self.callers.done.is_set():
                return
            if error.code() == grpc.StatusCode.UNAVAILABLE:
                # The server stopped, as it may: another one goes on from the token.
                self.callers.count("watches resumed")
            elif reason(error) in ("REVISION_GONE", "WATCH_LAGGED"):
                self.callers.count("watches begun anew")
                self.token = None
            else:
                raise

    def _export(self):
        batches = list(self.stub.ExportEvents(self.messages.ExportEventsRequest(filter=self.filter)))
        self.copy = {event.name: event for batch in batches for event in batch.events}
        self._is(batches[0].revision)
        self.token = batches[0].revision

    def _apply(self, step):
        for change in step.changes:
            there = change.name in self.copy
            if change.type == self.messages.CHANGE_TYPE_REMOVED:
                assert there, f"{change.name} was removed, and was not there"
                del self.copy[change.name]
            else:
                assert there == (change.type == self.messages.CHANGE_TYPE_CHANGED), f"{change.name}: {change.type}"
                assert self.copy.get(change.name) != change.event, f"{change.name} changed to what it was"
                self.copy[change.name] = change.event
        self.token = step.resume_token
        if step.resume_token == step.revision:
            self._is(step.revision)
            self.callers.count("steps of watches")

    def _is(self, revision):
        """The copy is whole: it equals what is served."""
        assert self.copy == self.model.events[revision, self.number], f"a copy of {revision} is another one"
        self.revision = revision

    def cancel(self):
        if self.stream is not None:
            self.stream.cancel()
