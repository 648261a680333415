"""Data sets that take each other's place while they are served, and what a quiet server answers of each."""

import os
import shutil

from contract import ask
from process import ROOT, channel, run, serving

# The shipped facts, and what lies beside them.
SETS = {"early": None, "late": "minusma-2023", "other": "minimal"}


class Facts:
    """A path at which one data set lies, and then another: a link to folders, or a snapshot."""

    def __init__(self, folder, kind="folders"):
        self.folder, self.kind = folder, kind
        for name, more in SETS.items():
            shutil.copytree(ROOT / "seeds", folder / name)
            if more:
                shutil.copytree(ROOT / "examples" / more, folder / name / more)
            if kind == "snapshot":
                assert run("build", folder / name, "-o", folder / f"{name}.dossier").returncode == 0
        self.path = folder / ("facts.dossier" if kind == "snapshot" else "facts")
        self.swap("early")

    def at(self, name):
        """Where a data set lies for itself."""
        return self.folder / (f"{name}.dossier" if self.kind == "snapshot" else name)

    def swap(self, name):
        """Puts a data set in the place of what is there, in one step."""
        aside = self.folder / "aside"
        if self.kind == "snapshot":
            shutil.copyfile(self.at(name), aside)
        else:
            aside.symlink_to(name)
        os.replace(aside, self.path)


class Model:
    """What is right: answers and events by revision, taken from servers that nothing happened to."""

    def __init__(self, contract, facts, names, requests=(), filters=({},)):
        self.contract = contract
        # Answers by revision and request; events by name, by revision and number of the filter.
        self.answers, self.events, self.revisions = {}, {}, {}
        self.filters = filters
        for name in names:
            with serving(facts.at(name)) as server, channel(server.address) as quiet:
                stub = contract.stub(quiet)
                for number, given in enumerate(filters):
                    page = stub.ListEvents(contract.messages.ListEventsRequest(filter=given, page_size=1000))
                    self.events[page.revision, number] = {event.name: event for event in page.events}
                    self.revisions[name] = page.revision
                for request in requests:
                    answer = ask(quiet, request)
                    assert answer.revision == self.revisions[name], f"{request}: {answer}"
                    self.answers[answer.revision, request] = answer
        assert len(set(self.revisions.values())) == len(names)

    def wrong(self, request, answer):
        """What is wrong with an answer, if anything is."""
        right = self.answers.get((answer.revision, request))
        return None if answer == right else f"{request}: {answer} instead of {right}"
