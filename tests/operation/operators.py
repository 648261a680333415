"""What an operator does while a server runs: has it load anew, and looks at what came of it."""

import signal

from process import HANG, channel, eventually


class Operator:
    """Talks to one server, by signals and on the port of operators."""

    def __init__(self, server, contract, credentials=None, metadata=None):
        self.server, self.contract, self.metadata = server, contract, metadata
        self.channels = [channel(server.address, credentials), channel(server.admin)]
        self.facts, self.admin = contract.stub(self.channels[0]), contract.operators(self.channels[1])

    def dataset(self):
        return self.facts.GetDataset(self.contract.messages.GetDatasetRequest(), timeout=HANG)

    def hangs_up(self):
        """Sends SIGHUP, and waits until the load that it brings is over: what came of it."""
        before = self.dataset().last_reload_time
        self.server.signal(signal.SIGHUP)
        eventually(lambda: self.dataset().last_reload_time != before, "a load after SIGHUP")
        return self.dataset()

    def reloads(self):
        """Has it load anew by AdminService: what came of it."""
        return self.admin.Reload(self.contract.admin.ReloadRequest(), timeout=HANG, metadata=self.metadata)

    def close(self):
        for each in self.channels:
            each.close()
