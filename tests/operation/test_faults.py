"""What goes wrong around a server: its data is lost or broken, the disk is full, the clock jumps. It goes on as before."""

import datetime
import os
import pathlib
import shutil
import signal
import subprocess

import grpc
import pytest
from callers import Callers
from contract import FACTS, Request, ask
from facts import Facts
from operators import Operator
from process import HANG, PROGRAM, ROOT, channel, environment, eventually, lacks, limited, raw, run, serving

DAY = datetime.timedelta(days=1)

# Root reads everything, unless it gives that up.
CAPABILITIES = "-dac_override,-dac_read_search"


def emptied(facts):
    for each in list(facts.path.resolve().iterdir()):
        shutil.rmtree(each)


def removed(facts):
    facts.path.unlink()


def unreadable(facts):
    facts.path.resolve().chmod(0)


def unreadable_inside(facts):
    next(facts.path.resolve().rglob("events.yaml")).chmod(0)


def replaced(facts, content):
    """A file in the place of the data, in one step."""
    aside = facts.folder / "aside"
    aside.write_bytes(content)
    aside.replace(facts.path)


def cut_short(facts):
    content = facts.at("late").read_bytes()
    replaced(facts, content[: len(content) // 2])


def foreign(facts):
    replaced(facts, b"a text of somebody's\n")


def foreign_inside(facts):
    (facts.path.resolve() / "kidal-2023-10-09/photo.yaml").write_bytes(bytes(range(256)) * 64)


def a_folder(facts):
    facts.path.unlink()
    facts.path.mkdir()


def a_loop(facts):
    facts.path.unlink()
    facts.path.symlink_to(facts.path.name)


FAULTS = [
    ("folders", emptied, "UNREADABLE", "no data set is here"),
    ("folders", removed, "UNREADABLE", "No such file"),
    ("folders", unreadable, "UNREADABLE", "Permission denied"),
    ("folders", unreadable_inside, "UNREADABLE", "events.yaml:1:1: cannot be read: Permission denied"),
    ("folders", foreign, "UNREADABLE", "not a folder"),
    ("folders", foreign_inside, "UNREADABLE", "photo.yaml:2:118: not UTF-8"),
    ("folders", a_loop, "UNREADABLE", "symbolic links"),
    ("snapshot", removed, "UNREADABLE", "No such file"),
    ("snapshot", unreadable, "UNREADABLE", "Permission denied"),
    ("snapshot", cut_short, "DAMAGED", "is cut short"),
    ("snapshot", foreign, "FOREIGN", "is no snapshot"),
    ("snapshot", a_folder, "UNREADABLE", "no data set is here"),
]


def unprivileged():
    """What a server is started by, so that it may not read what it is not let."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        lacks("root reads every file, and there is no setpriv to give that up")
    return ["setpriv", "--inh-caps", CAPABILITIES, "--bounding-set", CAPABILITIES]


def asked(contract):
    """Some requests whose answers need most of the data."""
    messages = contract.messages
    return [
        Request("ListEvents", messages.ListEventsRequest(page_size=1000).SerializeToString()),
        Request("ListSources", b""),
        Request("GetSource", messages.GetSourceRequest(name="sources/kidal-2023-10-09").SerializeToString()),
        Request("GetEventsNear", messages.GetEventsNearRequest(place="places/kidal").SerializeToString()),
        Request("ExportEvents", b""),
    ]


@pytest.mark.parametrize("kind,fault,refusal,says", FAULTS, ids=[f"{kind}-{fault.__name__}" for kind, fault, *_ in FAULTS])
def test_data_that_is_lost_or_broken_changes_nothing(tmp_path, contract, kind, fault, refusal, says):
    facts, outcome = Facts(tmp_path, kind), contract.outcome
    with serving(facts.path, wrapper=unprivileged()) as server, channel(server.address) as opened:
        operator, before = Operator(server, contract), [ask(opened, request) for request in asked(contract)]
        assert {answer.code for answer in before} == {"OK"}
        fault(facts)
        dataset = operator.hangs_up()
        assert dataset.last_reload_outcome == outcome.RELOAD_OUTCOME_REFUSED
        assert contract.refusal.Name(dataset.last_reload_refusal) == f"RELOAD_REFUSAL_{refusal}"
        line = eventually(lambda: server.said("not loaded; what was served before still is"), "a line of the log")
        assert line["level"] == "ERROR" and line["revision"] == dataset.revision == before[0].revision
        assert line["refusal"] == f"RELOAD_REFUSAL_{refusal}" and str(facts.path) in line["reason"] and says in line["reason"]
        metrics = server.metrics()
        assert metrics["dossier_reload_refused"] == metrics['dossier_reloads_total{outcome="refused"}'] == 1
        assert [ask(opened, request) for request in asked(contract)] == before
        with channel(server.address) as fresh:
            assert [ask(fresh, request) for request in asked(contract)] == before
        assert metrics["dossier_ready"] == 1
        # Mended without a restart.
        heal(facts, tmp_path)
        assert operator.reloads().reload.outcome == outcome.RELOAD_OUTCOME_LOADED
        assert server.metrics()["dossier_reload_refused"] == 0
        assert ask(opened, asked(contract)[0]).revision != before[0].revision
        operator.close()


def heal(facts, folder):
    """Puts the other data set in the place of whatever is there."""
    if facts.path.is_dir() and not facts.path.is_symlink():
        facts.path.rmdir()
    # So that the folder can be thrown away at the end.
    for each in folder.rglob("*"):
        if not each.is_symlink():
            each.chmod(0o700)
    facts.swap("late")


# Builds a snapshot of a few facts on a small disk of its own, then one of more than there is room for, then the first once more.
ON_A_FULL_DISK = """
mount -t tmpfs -o size="$1" none "$2" && cp "$3" "$2/facts.dossier" || exit 99
"$4" build seeds "$5" -o "$2/facts.dossier" >"$2.out" 2>"$2.err"; code=$?
ls -A "$2"; cmp "$3" "$2/facts.dossier" || exit 98
"$4" build seeds -o "$2/facts.dossier" >/dev/null || exit 97
ls -A "$2"; cmp "$3" "$2/facts.dossier" || exit 96
exit $code
"""


def is_clear(stderr):
    """One line that says what is wrong."""
    assert stderr.startswith("dossier: ") and stderr.count("\n") == 1 and "panic" not in stderr, stderr
    return stderr


# Too small for what is put aside, for the file itself, and for its last part.
@pytest.mark.parametrize("size", ["256k", "2m", "6m", "8m"])
def test_a_build_on_a_full_disk_leaves_the_old_snapshot(tmp_path, built, size):
    few, disk = built / "few.dossier", tmp_path / "disk"
    disk.mkdir()
    command = ["unshare", "-rm", "sh", "-c", ON_A_FULL_DISK, "sh", size, disk, few, PROGRAM, built / "many.facts"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=HANG) if shutil.which("unshare") else None
    if ended is None or ended.returncode == 99 or "unshare" in ended.stderr:
        print("\nno disk of one's own is allowed here; files are limited instead:", ended and ended.stderr.strip())
        return within_limits(tmp_path, built, {"k": 1 << 10, "m": 1 << 20}[size[-1]] * int(size[:-1]) // 4)
    assert ended.returncode == 1, f"{ended.returncode}: {ended.stdout} {ended.stderr}"
    said = is_clear((tmp_path / "disk.err").read_text())
    print(f"\na disk of {size}: {said.strip()}")
    assert "No space left on device" in said and (tmp_path / "disk.out").read_text() == ""
    assert ended.stdout.split() == ["facts.dossier", "facts.dossier"], "nothing is left over"


def within_limits(folder, built, most):
    """The same where a file may not grow."""
    few, target = built / "few.dossier", folder / "facts.dossier"
    shutil.copyfile(few, target)
    # Told by an error, as a full disk is, not by a signal: that stays ignored.
    arguments = ["build", "seeds", built / "many.facts", "-o", target]
    ended = run(*arguments, wrapper=limited(fsize=most), restore_signals=False)
    assert ended.returncode == 1 and "File too large" in is_clear(ended.stderr)
    assert target.read_bytes() == few.read_bytes() and [each.name for each in folder.glob("*facts*")] == [target.name]


def test_a_build_whose_files_may_not_grow_leaves_the_old_snapshot(tmp_path, built):
    within_limits(tmp_path, built, 1 << 20)
    # Killed by the signal that says so: what is left over is taken by the next.
    few, target = built / "few.dossier", tmp_path / "facts.dossier"
    killed = run("build", "seeds", built / "many.facts", "-o", target, wrapper=limited(fsize=1 << 20))
    assert killed.returncode == -signal.SIGXFSZ and target.read_bytes() == few.read_bytes()
    assert {each.name for each in tmp_path.iterdir()} <= {target.name, f".{target.name}.tmp"}
    assert run("build", "seeds", "-o", target).returncode == 0
    assert target.read_bytes() == few.read_bytes() and [each.name for each in tmp_path.iterdir()] == [target.name]


class Clock:
    """A clock that the test sets, for one process; what counts time there goes on as it did."""

    def __init__(self, folder):
        places = [ROOT / "target/test-tools/faketime", *pathlib.Path("/usr/lib").glob("*/faketime")]
        found = [file for place in places for file in place.rglob("libfaketime.so.1")]
        if not found:
            lacks("no libfaketime in target/test-tools (make setup), so no clock can be set")
        self.file = folder / "clock"
        self.set(datetime.timedelta())
        self.environment = environment(
            LD_PRELOAD=str(found[0]),
            FAKETIME_TIMESTAMP_FILE=str(self.file),
            FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        )

    def set(self, ahead):
        aside = self.file.with_name("aside")
        aside.write_text(f"{int(ahead.total_seconds()):+d}s\n")
        aside.replace(self.file)


class Guarded:
    """What a server is told that has a clock of its own, and lets in a key that ends in ten days, and tokens of an issuer."""

    def __init__(self, folder, jumps=True):
        from authority import Issuer, now

        self.clock, self.issuer, self.now = Clock(folder) if jumps else None, Issuer(), now
        made = run("key", "maps", "--scope", "read")
        (folder / "access.toml").write_text(f'{made.stdout}expires = "{(now() + 10 * DAY).date()}"\n')
        (folder / "jwks.json").write_text(self.issuer.jwks())
        self.credentials = {"key": made.stderr.strip()}
        self.arguments = ["--access", folder / "access.toml", "--jwks", folder / "jwks.json", "--jwt-audience", Issuer.AUDIENCE]

    def issue(self, name, begins=None, ends=30):
        """A token that lasts from one day to another, counted from today."""
        nbf = None if begins is None else self.now() + begins * DAY
        self.credentials[name] = self.issuer.token(nbf=nbf, exp=self.now() + ends * DAY)

    def let_in(self, channel):
        """Which of the credentials are taken."""
        found = set()
        for name, credential in self.credentials.items():
            try:
                raw(channel, FACTS + "GetDataset")(b"", timeout=HANG, metadata=[("authorization", f"Bearer {credential}")])
                found.add(name)
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAUTHENTICATED, error
        return found


def test_a_clock_that_jumps(tmp_path, contract):
    guarded = Guarded(tmp_path)
    guarded.issue("a token")
    guarded.issue("a short one", ends=0.1)
    guarded.issue("a later one", begins=15)
    everyone = [*guarded.arguments, "--anonymous", "read"]
    with serving("seeds", *everyone, env=guarded.clock.environment) as server, channel(server.address) as opened:
        callers, loads, request = Callers(), 0, asked(contract)[0]
        callers.go(lambda: callers.count(ask(opened, request).code))
        watch = raw(opened, FACTS + "WatchEvents", "unary_stream")(b"")
        next(watch)
        for days, expected in [
            (0, {"key", "a token", "a short one"}),
            (1, {"key", "a token"}),
            (-20 * 365, {"key", "a token", "a short one"}),
            (0, {"key", "a token", "a short one"}),
            (20, {"a token", "a later one"}),
            (40 * 365, set()),
        ]:
            guarded.clock.set(days * DAY)
            callers.go_on(20)
            assert guarded.let_in(opened) == expected, f"{days} days ahead"
            server.signal(signal.SIGHUP)
            loads += 1
            eventually(lambda: server.metrics()['dossier_reloads_total{outcome="unchanged"}'] == loads, "a load")
            told = server.metrics()["dossier_reload_timestamp_seconds"]
            assert abs(told - (guarded.now() + days * DAY).timestamp()) < HANG, "operators are told by the clock"
        assert watch.is_active()
        watch.cancel()
        print("\nsix settings of the clock: ", end="")
        callers.stop()
        assert set(callers.counts) == {"OK"}


def test_a_token_that_begins_later_is_not_taken_once_a_clock_is_set_right(tmp_path):
    guarded = Guarded(tmp_path)
    guarded.issue("a later one", begins=5)
    with serving("seeds", *guarded.arguments, env=guarded.clock.environment) as server, channel(server.address) as opened:
        for days, expected in [(0, {"key"}), (6, {"key", "a later one"}), (0, {"key"})]:
            guarded.clock.set(days * DAY)
            assert guarded.let_in(opened) == expected, f"{days} days ahead"


def test_a_token_that_ends_beyond_all_time_is_taken_or_not_each_time(tmp_path):
    guarded = Guarded(tmp_path, jumps=False)
    guarded.credentials["endless"] = guarded.issuer.token(exp=2**64 - 1)
    with serving("seeds", *guarded.arguments) as server, channel(server.address) as opened:
        assert guarded.let_in(opened) == guarded.let_in(opened)
