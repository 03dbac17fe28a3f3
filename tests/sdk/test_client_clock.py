"""R49: a clock that was set back is refused with a clear message, until it is right or the server has answered."""

import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faketime import faketime_path
from tests.sdk.portal import DAY, client
from tests.sdk.test_client_offline import file
from torhaus_sdk.answers import Access
from torhaus_sdk.clocks import Clock
from torhaus_sdk.errors import ClockSetBack, LicenceError

ROOT = Path(__file__).resolve().parent.parent.parent
FAKETIME = faketime_path()
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def the_time_of_each_test(monkeypatch):
    """Read the clock anew for each test: in a long run the portal's time has gone on since this was imported."""
    monkeypatch.setitem(globals(), "NOW", datetime.now(UTC).replace(microsecond=0))


def at(vendor, folder, moment, **options):
    return client(vendor, folder, clock=lambda: moment, **options)


def test_R49_after_a_check_a_clock_that_goes_back_is_refused(vendor, product, tmp_path):
    product.check()
    back = at(vendor, tmp_path, NOW - 3 * DAY)
    with pytest.raises(ClockSetBack) as refusal:
        back.require()
    english, german = refusal.value.message("en"), refusal.value.message("de")
    assert english.startswith(
        f"The clock of this machine shows {NOW - 3 * DAY:%Y-%m-%d %H:%M} UTC, but it was {NOW:%Y-%m-%d}"
    )
    assert german.startswith("Die Uhr dieses Rechners zeigt ")
    assert german.endswith("erreichbar ist, oder installieren Sie eine neue Offline-Lizenz aus dem Portal.")
    assert (back.status().code, back.status().access) == ("clock_set_back", Access.NONE)
    # Set right again, it goes on; and a few minutes are nothing.
    assert at(vendor, tmp_path, NOW + timedelta(seconds=1)).require()
    assert at(vendor, tmp_path, NOW - timedelta(minutes=50)).require()


def test_R49_when_the_server_answers_its_time_counts(vendor, product, tmp_path):
    product.check()
    back = at(vendor, tmp_path, NOW - 300 * DAY)
    with pytest.raises(ClockSetBack):
        back.require()
    assert back.check().valid
    assert back.require()
    assert [one.code for one in back.status().warnings] == ["clock_differs"]
    assert back.status().days_left == 200


def test_R49_a_clock_that_was_ahead_by_mistake_is_forgiven_by_the_server(vendor, product, tmp_path):
    ahead = at(vendor, tmp_path, NOW + 3000 * DAY)
    with pytest.raises(LicenceError):
        ahead.require()  # the mark is in the far future now
    with pytest.raises(ClockSetBack):
        product.require()
    assert product.check().valid
    assert product.require()
    assert at(vendor, tmp_path, NOW + timedelta(minutes=1)).require()
    # Where only this machine's clock is ahead, the server's time counts after it answered.
    assert ahead.check().valid
    assert ahead.require()
    assert ahead.status().days_left == 200


def test_R49_the_mark_grows_with_the_clock_itself_and_with_files(vendor, product, tmp_path):
    product.install_offline(file(vendor))
    later = at(vendor, tmp_path, NOW + 20 * DAY)
    assert later.require("medium")
    with pytest.raises(ClockSetBack):
        at(vendor, tmp_path, NOW + 10 * DAY).require("medium")
    with pytest.raises(ClockSetBack):  # nor does going back make a file live longer
        product.require()


@pytest.mark.parametrize(("enforcement", "stopped"), [("block", True), ("degrade", True), ("advise", False)])
def test_R49_it_is_enforced_as_the_vendor_wants_it(vendor, product, tmp_path, enforcement, stopped):
    vendor.changes = {"enforcement": enforcement}
    product.check()
    back = at(vendor, tmp_path, NOW - 3 * DAY)
    assert back.permission().code == "clock_set_back"
    assert bool(back.permission()) is not stopped
    assert (
        back.permission().access
        is {"block": Access.NONE, "degrade": Access.READ_ONLY, "advise": Access.FULL}[enforcement]
    )


def test_time_goes_on_after_an_answer_even_if_the_clock_stands_still():
    shown = [NOW]
    clock = Clock(lambda: shown[0])
    assert clock.now(0) == NOW.timestamp()
    assert clock.now(NOW.timestamp() + 600) == NOW.timestamp() + 600  # within the tolerance the mark counts
    clock.answered(int((NOW + 5 * DAY).timestamp()))
    assert abs(clock.now(0) - (NOW + 5 * DAY).timestamp()) < 5
    assert clock.lead() == -5 * 86400
    shown[0] = NOW + 5 * DAY + timedelta(seconds=2)  # set right meanwhile
    assert clock.now(0) == shown[0].timestamp()
    clock.answered(int(shown[0].timestamp()))
    shown[0] += 2 * DAY  # the machine slept
    assert clock.now(0) == shown[0].timestamp()
    shown[0] -= 10 * DAY  # somebody turns it back
    assert clock.now(0) > (NOW + 5 * DAY).timestamp()


@pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed (Debian: faketime)")
@pytest.mark.slow
def test_R49_a_process_whose_system_clock_is_set_back_refuses(vendor, product, tmp_path):
    """A product in a process of its own, with the whole system's time set back by libfaketime."""
    product.install_offline(file(vendor))
    assert product.require("medium")
    code = f"""
        from pathlib import Path
        from tests.sdk.licences import KEYS
        from tests.sdk.portal import PARTS
        from torhaus_sdk.client import Client
        from torhaus_sdk.errors import LicenceError
        one = Client({vendor.url!r}, "acme", keys=KEYS, state_file=Path({str(tmp_path / "licence.json")!r}),
                     fingerprint=PARTS, language="de")
        def told():
            try:
                return one.require("medium").code
            except LicenceError as error:
                return error.code + ": " + error.message("de")
        print(told())
        if {{check}}:
            print(one.check().code, told())
    """

    def run(offset: str, *, check: bool = False) -> list[str]:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
        }
        environment |= {"LD_PRELOAD": str(FAKETIME), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        text = textwrap.dedent(code).replace("{check}", str(check))
        command = [sys.executable, "-c", text]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    (told,) = run("-10d")
    assert told.startswith("clock_set_back: Die Uhr dieses Rechners zeigt ")
    assert f"es war aber schon {NOW:%d.%m.%Y}" in told
    assert run("+0d") == ["valid"]
    assert run("+31d")[0].startswith("file_expired_since")
    assert run("-10d", check=True)[1] == "valid valid"


def test_R49_a_clock_that_was_ahead_by_mistake_is_forgiven_for_a_new_file(vendor, product, tmp_path):
    product.install_offline(file(vendor, issued=NOW - DAY))
    ahead = at(vendor, tmp_path, NOW + 3000 * DAY)
    assert not ahead.permission()  # the mark is in the far future now
    with pytest.raises(ClockSetBack):
        product.require("medium")
    for seen in (file(vendor, issued=NOW - DAY), file(vendor, issued=NOW - 2 * DAY, seq=8), "nonsense"):
        with pytest.raises(ClockSetBack):
            product.install_offline(seen)
    product.install_offline(file(vendor, seq=8))
    assert product.require("medium")
    assert at(vendor, tmp_path, NOW + timedelta(minutes=1)).require("medium")
    with pytest.raises(ClockSetBack):
        at(vendor, tmp_path, NOW - 3 * DAY).require("medium")


def test_R49_a_file_that_was_removed_is_not_installed_again_with_the_clock_set_back(vendor, product, tmp_path):
    product.install_offline(file(vendor))
    later = at(vendor, tmp_path, NOW + 40 * DAY)
    assert not later.permission()
    product.remove(["Lx5mQ2rT8vBz"])
    product.save_token(vendor.token.text)
    with pytest.raises(ClockSetBack):
        product.install_offline(file(vendor))


def test_R49_a_file_older_than_the_last_answer_forgives_no_clock(vendor, product, tmp_path):
    product.check()
    with pytest.raises(ClockSetBack):
        at(vendor, tmp_path, NOW - 10 * DAY).install_offline(file(vendor, issued=NOW - 11 * DAY))


@pytest.mark.parametrize("mark", [2**38, 2**52])
def test_a_mark_beyond_all_days_breaks_nothing(product, mark):
    product._core.kept.change(lambda state: state.update(mark=mark))
    assert product.status().code == "clock_set_back"
    assert product.status().to_dict()
    product.remove_token()
    assert product.status().code == "token_missing"
