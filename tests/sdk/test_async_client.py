"""The client for asyncio: the same deeds and the same errors, and the event loop is never held up."""

import asyncio
import inspect
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.sdk.licences import KEYS
from tests.sdk.loops import run
from tests.sdk.portal import PARTS, Portal
from tests.sdk.test_client_offline import file
from torhaus_sdk.async_client import AsyncClient
from torhaus_sdk.client import Client
from torhaus_sdk.errors import AnswerRefused, FeatureMissing, FileRefused, NotChecked, ServerUnreachable, TokenInvalid
from torhaus_sdk.heartbeat import Rhythm
from torhaus_sdk.locks import locked
from torhaus_sdk.status import Mode


def product(vendor: Portal, folder, **options) -> AsyncClient:
    values = {"keys": KEYS, "state_file": folder / "licence.json", "fingerprint": PARTS, "timeout": 3.0} | options
    return AsyncClient(vendor.url, "acme", **values)


def names(kind) -> dict[str, list[str]]:
    members = inspect.getmembers(kind, inspect.isfunction)
    return {name: list(inspect.signature(one).parameters) for name, one in members if not name.startswith("_")}


def test_both_clients_have_the_same_methods():
    assert names(Client) == names(AsyncClient)


def test_everything_a_product_does(vendor, tmp_path):
    async def life():
        async with product(vendor, tmp_path) as one:
            with pytest.raises(TokenInvalid):
                await one.save_token("x")
            await one.save_token(vendor.token.text)
            with pytest.raises(NotChecked):
                one.require()
            result = await one.check()
            assert (result.valid, len(result.licences)) == (True, 1)
            assert (await one.activate("web-1")).installation == "Inst1"
            assert (await one.heartbeat()).valid
            assert one.require("add-on-a")
            with pytest.raises(FeatureMissing):
                one.require("add-on-b")
            assert (await one.report_usage("objects", 5)).sent == 1
            with pytest.raises(FileRefused):
                await one.install_offline("x")
            await one.install_offline(file(vendor))
            assert one.status().mode is Mode.OFFLINE
            assert (await one.remove(["Lx5mQ2rT8vBz"])).ids == ("Lx5mQ2rT8vBz",)
            assert (await one.deactivate()).installation == "Inst1"
            await one.remove_token()
            assert one.status().token == ""

    run(life())


def test_what_one_client_keeps_the_other_finds(vendor, tmp_path):
    async def check():
        async with product(vendor, tmp_path) as one:
            await one.save_token(vendor.token.text)
            await one.check()

    run(check())
    with Client(vendor.url, "acme", keys=KEYS, state_file=tmp_path / "licence.json", fingerprint=PARTS) as other:
        assert other.require("add-on-a")


def test_forged_answers_and_absent_servers_are_refused_alike(vendor, tmp_path):
    async def check():
        async with product(vendor, tmp_path, timeout=1.0) as one:
            await one.save_token(vendor.token.text)
            vendor.changes = {"nonce": "other"}
            with pytest.raises(AnswerRefused):
                await one.check()
            vendor.act = lambda h, *_: h.say(302, b"", Location="https://elsewhere.example/") or True
            with pytest.raises(ServerUnreachable) as refusal:
                await one.check()
            assert refusal.value.reason == "redirected"
            vendor.act = lambda *_: time.sleep(2) or True
            start = time.monotonic()
            with pytest.raises(ServerUnreachable) as refusal:
                await one.check()
            assert (refusal.value.reason, time.monotonic() - start < 1.9) == ("timeout", True)
        async with AsyncClient("http://127.0.0.1:1", "acme", keys=KEYS, state_file=tmp_path / "licence.json") as one:
            with pytest.raises(ServerUnreachable) as refusal:
                await one.check()
            assert refusal.value.reason == "refused"

    run(check())


def test_a_held_state_file_does_not_hold_up_the_loop(vendor, tmp_path):
    async def save():
        async with product(vendor, tmp_path) as one:
            ticks = 0
            with locked(tmp_path / "licence.json.lock", 1):
                task = asyncio.create_task(one.save_token(vendor.token.text))
                while not task.done():
                    await asyncio.sleep(0.01)
                    ticks += 1
            assert [warning.code for warning in (await task).warnings] == ["state_unwritable"]
            assert ticks > 50

    run(save())


def test_the_heartbeat_is_a_task_that_ends_with_the_client(vendor, tmp_path):
    async def beat():
        heard = []
        async with product(vendor, tmp_path) as one:
            await one.save_token(vendor.token.text)
            one.start_heartbeat(interval=1, told=heard.append)
            one.start_heartbeat()
            for _ in range(300):
                await asyncio.sleep(0.01)
                if len(heard) >= 2:
                    break
            assert one.heartbeat_runs
            assert [outcome.valid for outcome in heard] == [True, True]
            task = one._task
            await one.stop()
            assert (one.heartbeat_runs, task.cancelled()) == (False, True)

    run(beat())
    assert not [one for one in threading.enumerate() if one.name == "torhaus-licence-heartbeat"]


def test_the_client_may_live_longer_than_one_loop(vendor, tmp_path):
    one = product(vendor, tmp_path)

    async def check():
        await one.save_token(vendor.token.text)
        assert (await one.check()).valid
        await one.close()

    for _ in range(2):
        run(check())


def test_permission_and_status_wait_for_no_lock_of_the_state_file(vendor, tmp_path):
    async def ask():
        clock = [datetime.now(UTC)]
        async with product(vendor, tmp_path, clock=lambda: clock[0]) as one:
            await one.save_token(vendor.token.text)
            await one.check()
            mark = one._core.kept.read()["mark"]
            clock[0] += timedelta(hours=5)  # so that the high-water mark is to be raised
            with locked(tmp_path / "licence.json.lock", 1):
                task = asyncio.create_task(one.remove(["Lic1"]))  # waits for the lock in a thread
                await asyncio.sleep(0.1)
                start = time.monotonic()
                assert one.permission()
                assert one.status().warnings == ()
                assert time.monotonic() - start < 0.5
                assert one._core.kept.read()["mark"] == mark
            await task
            clock[0] += timedelta(seconds=2)
            one.permission()
            assert one._core.kept.read()["mark"] >= mark + 5 * 3600 - 5

    run(ask())


def test_the_heartbeat_judges_in_a_thread(vendor, tmp_path, monkeypatch):
    where = []
    real = Rhythm.after
    monkeypatch.setattr(
        Rhythm, "after", lambda self, outcome: where.append(threading.current_thread()) or real(self, outcome)
    )

    async def beat():
        async with product(vendor, tmp_path) as one:
            await one.save_token(vendor.token.text)
            one.start_heartbeat()
            while not where:
                await asyncio.sleep(0.01)

    run(beat())
    assert where[0] is not threading.main_thread()
