"""The state file: always whole, shared by many processes, harmless whatever stands in it or however the disk is."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sdk.licences import KEYS
from tests.sdk.portal import PARTS, client
from torhaus_sdk import state as state_module
from torhaus_sdk.client import Client
from torhaus_sdk.errors import LicenceError, StateUnreadable
from torhaus_sdk.locks import locked
from torhaus_sdk.state import StateFile, empty, read_state, written_state

ROOT = Path(__file__).resolve().parent.parent.parent
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
NAMES = sorted(empty())


def start(code: str) -> subprocess.Popen:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    }
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def codes(product) -> list[str]:
    return [one.code for one in product.status().warnings]


def test_the_file_is_for_its_owner_only_and_its_folder_is_made(vendor, tmp_path):
    with client(vendor, tmp_path, state_file=tmp_path / "a" / "b" / "licence.json") as one:
        one.save_token(vendor.token.text)
    made = tmp_path / "a" / "b"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (made, *made.iterdir())}
    assert modes == {"b": 0o700, "licence.json": 0o600, "licence.json.lock": 0o600}


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_whatever_stands_in_a_state_is_read_without_harm(tmp_path, values):
    path = tmp_path / "licence.json"
    path.write_text(json.dumps(empty() | values))
    one = Client("http://127.0.0.1:1", "acme", keys=KEYS, state_file=path, fingerprint=PARTS)
    one.status().to_dict()
    assert not one.permission("everything")
    one.remove(["x"])
    one.remove_token()
    assert one.status().code == "token_missing"


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_stands_in_the_file_is_read_or_refused(data):
    try:
        found = read_state(data)
    except StateUnreadable:
        return
    assert read_state(written_state(found)) == found


@settings(deadline=None, max_examples=100)
@given(st.text(), st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=5))), st.integers(0, 2**52))
def test_what_is_written_is_read_again(token, usage, mark):
    try:
        token.encode()
    except UnicodeEncodeError:
        return
    values = empty() | {"token": token, "usage": usage, "mark": mark, "later": [1]}
    assert read_state(written_state(values)) == values


@pytest.mark.parametrize("data", [b"", b"{", b"null", b"[]", b'{"format": "1"}', b"\0" * 4096, b'{"format": 0}'])
def test_a_damaged_file_is_laid_aside_and_told(vendor, tmp_path, data):
    path = tmp_path / "licence.json"
    path.write_bytes(data)
    with client(vendor, tmp_path) as one:
        assert (one.status().code, codes(one)) == ("token_missing", ["state_damaged"])
        assert path.with_name("licence.json.damaged").read_bytes() == data
        one.save_token(vendor.token.text)
        assert one.check().valid
    assert client(vendor, tmp_path).require()


def test_a_half_written_file_of_a_full_disk_is_no_danger(vendor, product, tmp_path, monkeypatch):
    product.check()
    before = (tmp_path / "licence.json").read_bytes()

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(state_module.os, "fsync", full)
    product.check()
    assert product.report_usage("objects", 7).sent == 1
    assert codes(product) == ["state_unwritable"]
    assert (tmp_path / "licence.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["licence.json", "licence.json.lock"]
    monkeypatch.undo()
    product.check()  # there is space again: what was kept in memory is written
    assert codes(product) == []
    assert (tmp_path / "licence.json").read_bytes() != before


@pytest.mark.parametrize("error", [PermissionError(13, "x"), OSError(errno.EROFS, "x"), OSError(errno.EIO, "x")])
def test_a_folder_that_cannot_be_written_is_told_and_all_goes_on_in_memory(vendor, tmp_path, monkeypatch, error):
    def refuse(*_args, **_options):
        raise error

    monkeypatch.setattr(state_module.tempfile, "mkstemp", refuse)
    with client(vendor, tmp_path) as one:
        assert [warning.code for warning in one.save_token(vendor.token.text).warnings] == ["state_unwritable"]
        assert one.check(activate=True).valid
        assert one.require("add-on-a")
        assert str(tmp_path / "licence.json") in one.status().warnings[0].message


def test_a_state_that_is_a_folder_or_in_a_file_breaks_nothing(vendor, tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "file" / "licence.json"):
        with client(vendor, tmp_path, state_file=path) as one:
            one.save_token(vendor.token.text)
            assert one.check().valid
            assert codes(one)


def test_a_file_that_may_not_be_read_is_left_alone(vendor, product, tmp_path, monkeypatch):
    real = Path.open

    def refuse(self, *args, **options):
        if self.name == "licence.json":
            raise PermissionError(13, "x")
        return real(self, *args, **options)

    before = (tmp_path / "licence.json").read_bytes()
    monkeypatch.setattr(Path, "open", refuse)
    with client(vendor, tmp_path) as one:
        one.save_token(vendor.token.text)
        assert one.check().valid
        assert codes(one) == ["state_unreadable"]
    monkeypatch.undo()
    assert (tmp_path / "licence.json").read_bytes() == before


def test_a_state_of_a_later_format_is_left_alone(vendor, tmp_path):
    path = tmp_path / "licence.json"
    path.write_text('{"format": 2}')
    with client(vendor, tmp_path) as one:
        one.save_token(vendor.token.text)
        assert one.check().valid
        assert codes(one) == ["state_newer"]
    assert path.read_text() == '{"format": 2}'


def test_what_a_later_version_added_is_kept(tmp_path):
    path = tmp_path / "licence.json"
    path.write_text(json.dumps(empty() | {"later": {"x": 1}}))
    StateFile(path).change(lambda state: state.update(token="x"))
    assert json.loads(path.read_text())["later"] == {"x": 1}


def test_a_lock_that_is_never_freed_does_not_hold_the_product_up(vendor, tmp_path):
    with locked(tmp_path / "licence.json.lock", 1), client(vendor, tmp_path) as one:
        start = time.monotonic()
        one.save_token(vendor.token.text)
        assert time.monotonic() - start < 4
        assert codes(one) == ["state_unwritable"]


def test_a_copy_of_the_open_lock_in_a_forked_child_does_not_hold_it_on(vendor, tmp_path):
    lock = tmp_path / "licence.json.lock"
    with locked(lock, 1):
        # What a child has that was forked at the moment when the file was open, and nobody knew of it yet.
        [held] = [one for one in Path("/proc/self/fd").iterdir() if one.resolve() == lock]
        copy = os.dup(int(held.name))
    with client(vendor, tmp_path) as one:
        one.save_token(vendor.token.text)
        assert codes(one) == []
    os.close(copy)


def test_without_a_file_all_is_in_memory(vendor, tmp_path):
    with client(vendor, tmp_path, state_file=None) as one:
        one.save_token(vendor.token.text)
        assert one.check().valid
        assert codes(one) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_64_processes_share_one_file_and_lose_nothing(tmp_path):
    path = tmp_path / "licence.json"
    go = tmp_path / "go"
    code = f"""
        import os, pathlib, time
        from torhaus_sdk.state import StateFile
        shared, go = StateFile(pathlib.Path({str(path)!r}), patience=60), pathlib.Path({str(go)!r})
        while not go.exists():
            time.sleep(0.01)
        for number in range(5):
            assert shared.change(lambda state: state["usage"].append({{"id": f"{{os.getpid()}}-{{number}}"}}))
        print(len(shared.read()["usage"]))
    """
    processes = [start(code) for _ in range(64)]
    go.touch()
    for process in processes:
        output, _ = process.communicate(timeout=110)
        assert process.returncode == 0, output
    kept = [one["id"] for one in json.loads(path.read_text())["usage"]]
    assert len(kept) == len(set(kept)) == 320
    assert sorted(one.name for one in tmp_path.iterdir()) == ["go", "licence.json", "licence.json.lock"]


@pytest.mark.slow
def test_killed_in_the_middle_of_writing_the_file_is_whole(tmp_path):
    path = tmp_path / "licence.json"
    code = f"""
        import pathlib
        from torhaus_sdk.state import StateFile
        shared = StateFile(pathlib.Path({str(path)!r}))
        number = 0
        while True:
            number += 1
            if number == 2:
                print("ready", flush=True)  # the file is there, and is written over and over from now on
            shared.change(lambda state: state.update(mark=number, listed=[{{"n": str(number)}}] * 2000))
    """
    seen = set()
    for turn in range(25):
        process = start(code)
        process.stdout.readline()
        time.sleep(0.02 + turn * 0.007)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        found = read_state(path.read_bytes())
        assert found["listed"] == [{"n": str(found["mark"])}] * 2000  # of one and the same write
        seen.add(found["mark"])
    assert len(seen) > 3
    assert StateFile(path).change(lambda state: state.update(token="x"))  # nobody's lock is left


def test_threads_of_one_client_do_not_disturb_each_other(vendor, product):
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(3):
                product.report_usage("objects", number)
                product.check()
                assert product.require("add-on-a")
        except (LicenceError, AssertionError) as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert (len(vendor.readings), product.status().usage_waiting) == (24, 0)


def test_a_portal_that_lists_more_than_can_be_read_again_costs_no_token(vendor, product, tmp_path, monkeypatch):
    monkeypatch.setattr(state_module, "LARGEST", 40_000)
    row = vendor.listed()
    vendor.reply = lambda path, body, reply=vendor.reply: (
        (200, {"licences": [row] * 500}) if path.endswith("/licences") else reply(path, body)
    )
    assert product.check().valid
    assert (tmp_path / "licence.json").stat().st_size < 40_000
    with client(vendor, tmp_path) as other:
        assert other.require("add-on-a")
        assert codes(other) == []
        assert len(other.status().licences) > 5
    product._core.kept.change(lambda state: state.update(answer_language="x" * 50_000))
    assert codes(product) == ["state_unwritable"]
    assert client(vendor, tmp_path).require("add-on-a")
