"""The heartbeat in the background: due when the vendor wants it, patient when the server is away, never in the way."""

import os
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sdk.portal import DAY, instant, until
from torhaus_sdk.errors import LicenceError, ServerUnreachable, TooManyRequests
from torhaus_sdk.heartbeat import Rhythm

ROOT = Path(__file__).resolve().parent.parent.parent


def floating(vendor, seconds=600):
    def installation(body, whole=vendor.answer):
        if "installation" not in body:
            return whole(body)
        lease = instant(datetime.now(UTC) + timedelta(seconds=seconds))
        place = {"ref": body["installation"], "name": "", "environment": "", "lease_until": lease}
        return whole(body, installation=place)

    vendor.answer = installation


def test_it_beats_at_once_and_again_and_ends(vendor, product):
    product.activate()
    heard = []
    product.start_heartbeat(interval=1, told=heard.append)
    product.start_heartbeat(interval=1)  # once is enough
    until(lambda: len(heard) >= 2)
    assert product.heartbeat_runs
    assert all(one.valid for one in heard)
    product.stop()
    assert not product.heartbeat_runs
    count = vendor.asked().count("/api/v1/heartbeat")
    assert count == len(heard)
    time.sleep(1.2)
    assert vendor.asked().count("/api/v1/heartbeat") == count
    product.start_heartbeat()
    until(lambda: vendor.asked().count("/api/v1/heartbeat") == count + 1)


def test_it_sends_what_waits_and_brings_a_change_without_restart(vendor, product):
    product.check(activate=True)
    vendor.act = lambda h, *_: h.say(503, {}) or True
    product.report_usage("objects", 1)
    vendor.act = None
    vendor.changes = {"features": ["medium", "add-on-z"]}
    assert not product.permission("add-on-z")
    product.start_heartbeat()
    until(lambda: vendor.readings)
    until(lambda: product.permission("add-on-z"))


def test_while_the_server_is_away_it_goes_on_trying(vendor, product):
    product.check()
    heard = []
    vendor.act = lambda h, *_: h.say(503, {}) or True
    product.start_heartbeat(interval=1, told=heard.append)
    until(lambda: heard)
    assert isinstance(heard[0], ServerUnreachable)
    assert product.require()
    assert product.status().server_away
    vendor.act = None
    until(lambda: not isinstance(heard[-1], LicenceError))
    assert product.status().server_away == ""


def test_what_the_host_raises_does_not_end_it(vendor, product):
    heard = []

    def told(outcome):
        heard.append(outcome)
        raise RuntimeError("the host's own fault")

    product.start_heartbeat(interval=1, told=told)
    until(lambda: len(heard) >= 2)


def test_a_fault_of_ours_does_not_end_it(vendor, product, monkeypatch):
    heard, real = [], type(product).heartbeat
    monkeypatch.setattr(type(product), "heartbeat", lambda self: {}["missing"])
    product.start_heartbeat(interval=1, told=heard.append)
    until(lambda: heard)
    assert isinstance(heard[0], LicenceError)
    monkeypatch.setattr(type(product), "heartbeat", real)
    until(lambda: not isinstance(heard[-1], LicenceError))


def test_the_rhythm_follows_the_policy_and_the_lease(vendor, product):
    rhythm = Rhythm(product._core, None)
    day = rhythm.after(product.check())
    assert 0.89 * 86_400 < day <= 86_400
    floating(vendor)
    product.activate()
    assert 170 < rhythm.after(product.heartbeat()) <= 200
    vendor.changes = {"next_check_at": instant(datetime.now(UTC) - DAY)}
    assert 27 <= rhythm.after(product.heartbeat()) <= 30  # never a storm, whatever the server says
    assert len({rhythm.after(product.heartbeat()) for _ in range(5)}) > 1  # scattered


def test_the_pauses_grow_while_it_fails_and_retry_after_is_kept(vendor, product):
    rhythm = Rhythm(product._core, None)
    waits = [rhythm.after(ServerUnreachable("timeout")) for _ in range(12)]
    assert 30 <= waits[0] <= 60
    assert 1800 <= waits[-1] <= 3600
    assert max(waits) <= 3600
    wait = rhythm.after(TooManyRequests(retry_after=5000))
    assert 5000 <= wait <= 5400
    rhythm.after(product.check())
    assert rhythm.after(ServerUnreachable("timeout")) <= 60


def run(code: str, timeout: float = 30) -> subprocess.CompletedProcess:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    }
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout, check=False)


def start_of(vendor, tmp_path) -> str:
    return f"""
        import os, sys, threading, time
        from pathlib import Path
        from tests.sdk.licences import KEYS
        from tests.sdk.portal import PARTS
        from torhaus_sdk.client import Client
        one = Client({vendor.url!r}, "acme", keys=KEYS, state_file=Path({str(tmp_path / "licence.json")!r}),
                     fingerprint=PARTS, timeout=20)
        one.save_token({vendor.token.text!r})
    """


def test_it_never_keeps_the_product_from_ending(vendor, tmp_path):
    vendor.act = lambda *_: time.sleep(15) or True  # a beat is under way when the product ends
    start = time.monotonic()
    done = run(start_of(vendor, tmp_path) + '\n        one.start_heartbeat(); time.sleep(0.5); print("over")')
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "over", "")
    assert time.monotonic() - start < 10


def test_a_forked_child_works_and_beats_only_if_it_starts_that(vendor, tmp_path):
    code = """
        one.check()
        one.start_heartbeat(interval=1)
        time.sleep(0.3)
        child = os.fork()
        if child == 0:
            assert not one.heartbeat_runs
            assert one.check().valid
            assert one.require("add-on-a")
            one.start_heartbeat(interval=1)
            time.sleep(0.3)
            assert one.heartbeat_runs
            one.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert one.heartbeat_runs
        assert one.check().valid
        one.close()
        print("both")
    """
    done = run(start_of(vendor, tmp_path) + code)
    assert (done.returncode, done.stdout.strip()) == (0, "both"), done.stderr


def test_forks_at_any_moment_do_not_hang(vendor, tmp_path):
    code = """
        stop = threading.Event()
        def busy():
            while not stop.is_set():
                one.report_usage("objects", 1)
        threads = [threading.Thread(target=busy, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        for turn in range(15):
            child = os.fork()
            if child == 0:
                one.kept_there = one.status().code
                one.save_token(one._core.kept.read()["token"])
                os._exit(0 if not one.status().warnings else 3)
            end = time.monotonic() + 10
            while True:
                found, code = os.waitpid(child, os.WNOHANG)
                if found:
                    break
                assert time.monotonic() < end, "the child hangs"
                time.sleep(0.01)
            assert code == 0, code
        stop.set()
        for thread in threads:
            thread.join()
        one.close()
        print("well")
    """
    done = run(start_of(vendor, tmp_path) + code, timeout=90)
    assert (done.returncode, done.stdout.strip()) == (0, "well"), done.stderr


def test_an_interval_that_cannot_be_is_told(product):
    with pytest.raises(ValueError, match="interval"):
        product.start_heartbeat(interval=0)
