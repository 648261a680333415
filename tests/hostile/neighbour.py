"""The other client: well-behaved, in a process of its own, it makes calls at a steady pace and tells how long each took.

As a program it is told on standard input where to call, and answers there. Calls begin when they are due, whether those before
have been answered or not: a server that stalls shows in all calls of that time. Once a second somebody new connects as well.
"""

import collections
import json
import pathlib
import subprocess
import sys
import threading
import time

PER_SECOND = 50
PATHS = ["/dossier.v1.FactService/" + method for method in ("GetDataset", "ListEvents", "GetDataset", "ListActors")]


class Neighbour:
    """The handle of the other process."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, pathlib.Path(__file__)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _ask(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def go(self, address, authority=None, newcomers=True):
        """Calls a server from now on; answers how many connections that takes."""
        return self._ask(go=str(address), authority=authority and str(authority), newcomers=newcomers)

    def report(self):
        """What became of the calls since the last report."""
        return self._ask(report=True)

    def rest(self):
        """Ends all calls and connections."""
        return self._ask(rest=True)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


class Caller:
    """The calls of one server."""

    def __init__(self, address, authority, newcomers):
        self.address, self.authority = address, authority
        self.lock = threading.Lock()
        self.first, self.waiting, self.over = {}, {}, threading.Event()
        self._clear()
        # More connections than there are workers, as a rule, so that each of them has one.
        self.channels = [self._channel() for _ in range(4)]
        for channel in self.channels:
            for path in PATHS:
                self._method(channel, path)(b"", timeout=20)
        self.threads = [threading.Thread(target=work) for work in [self._steadily, self._anew][: 1 + newcomers]]
        for thread in self.threads:
            thread.start()

    def _clear(self):
        self.took, self.failed, self.differed, self.newcomers = [], collections.Counter(), 0, []

    def _channel(self):
        import grpc

        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]
        if not self.authority:
            return grpc.insecure_channel(self.address, options)
        credentials = grpc.ssl_channel_credentials(pathlib.Path(self.authority).read_bytes())
        return grpc.secure_channel(self.address.replace("127.0.0.1", "localhost"), credentials, options)

    def _method(self, channel, path):
        return channel.unary_unary(path, request_serializer=bytes, response_deserializer=bytes)

    def _steadily(self):
        calls = [(path, self._method(channel, path)) for path in PATHS for channel in self.channels]
        began = time.monotonic()
        number = 0
        while not self.over.is_set():
            path, method = calls[number * 7 % len(calls)]
            call = method.future(b"", timeout=20)
            with self.lock:
                self.waiting[number] = time.monotonic()
            call.add_done_callback(lambda call, path=path, number=number: self._done(call, path, number))
            number += 1
            time.sleep(max(0, began + number / PER_SECOND - time.monotonic()))

    def _done(self, call, path, number):
        failure = call.exception()
        with self.lock:
            took = time.monotonic() - self.waiting.pop(number)
            if self.over.is_set():
                return
            if failure is not None:
                self.failed[call.code().name] += 1
                return
            self.took.append(took)
            # Equal questions have equal answers, whatever others do.
            self.differed += self.first.setdefault(path, call.result()) != call.result()

    def _anew(self):
        import grpc

        while not self.over.wait(1):
            began = time.monotonic()
            channel = self._channel()
            try:
                self._method(channel, PATHS[0])(b"", timeout=20)
                outcome = time.monotonic() - began
            except grpc.RpcError as error:
                outcome = error.code().name
            channel.close()
            with self.lock:
                self.newcomers.append(outcome)

    def report(self):
        with self.lock:
            # Who waits still has waited at least so long.
            now = time.monotonic()
            took = sorted([*self.took, *(now - began for began in self.waiting.values())])
            of = lambda share: took[min(int(len(took) * share), len(took) - 1)] if took else None
            said = {"calls": len(took), "p50": of(0.5), "p99": of(0.99), "longest": of(1)}
            said |= {"failed": dict(self.failed), "differed": self.differed, "newcomers": self.newcomers}
            self._clear()
            return said

    def close(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        for channel in self.channels:
            channel.close()


def main():
    caller = None
    for line in sys.stdin:
        asked = json.loads(line)
        if caller and ("go" in asked or "rest" in asked):
            caller.close()
            caller = None
        if "go" in asked:
            caller = Caller(asked["go"], asked["authority"], asked["newcomers"])
            said = len(caller.channels)
        else:
            said = caller.report() if "report" in asked else None
        print(json.dumps(said), flush=True)
    if caller:
        caller.close()


if __name__ == "__main__":
    main()
