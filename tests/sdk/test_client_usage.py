"""Usage: kept before it is sent, sent later with the same ids, counted once, and never in the product's way."""

import contextlib
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.sdk import loops
from tests.sdk.licences import KEYS
from tests.sdk.portal import DAY, PARTS, client
from torhaus_sdk import reports
from torhaus_sdk.async_client import AsyncClient
from torhaus_sdk.console import Exit, main
from torhaus_sdk.errors import ServerUnreachable
from torhaus_sdk.tokens import new_token

PATIENCE = 2.0  # seconds a client waits for an answer here


def away(vendor):
    vendor.act = lambda h, *_: h.say(503, {}) or True


@pytest.fixture
def silent(vendor):
    """Let the portal take every question and answer none, until this is set."""
    over = threading.Event()
    vendor.act = lambda *_: over.wait(30)
    yield over
    over.set()


def come_back(vendor, silent):
    vendor.act = None
    silent.set()
    vendor.requests.clear()


def seconds(call):
    start = time.monotonic()
    return call(), time.monotonic() - start


def test_usage_is_reported_at_once_while_the_server_is_there(vendor, product):
    product.activate()
    result = product.report_usage("objects", 4990, kind="gauge")
    assert (result.sent, result.waiting, result.refused, result.states) == (1, 0, (), {"objects": "near"})
    assert (result.meters["objects"].max, result.meters["objects"].used) == (5000, 4990)
    body = vendor.requests[-1][1]
    assert body["installation"] == "Inst1"
    (reading,) = body["readings"]
    assert set(reading) == {"id", "meter", "quantity", "kind", "at"}
    assert (reading["meter"], reading["quantity"], reading["kind"]) == ("objects", 4990, "gauge")
    assert abs(datetime.fromisoformat(reading["at"]) - datetime.now(UTC)) < timedelta(seconds=30)


def test_while_the_server_is_away_readings_wait_and_are_sent_later_with_their_ids(vendor, product, tmp_path):
    away(vendor)
    for number in range(3):
        result = product.report_usage("objects", number)
        assert (result.sent, result.waiting) == (0, number + 1)
    assert "503" in result.message
    assert product.status().usage_waiting == 3
    kept = [one["id"] for one in json.loads((tmp_path / "licence.json").read_text())["usage"]]
    vendor.act = None
    with client(vendor, tmp_path) as other:  # after a restart
        assert (other.send_usage().sent, other.status().usage_waiting) == (3, 0)
        assert other.send_usage().sent == 0
    assert list(vendor.readings) == kept


def test_a_reply_that_is_lost_makes_nothing_count_twice(vendor, product):
    def lose(handler, path, data):
        vendor.reply(path, json.loads(data))
        handler.close_connection = True
        return True

    vendor.act = lose
    assert product.report_usage("objects", 7).waiting == 1
    vendor.act = None
    assert product.send_usage().sent == 1
    assert len(vendor.readings) == 1


def test_a_reading_of_ones_own_id_is_kept_once(vendor, product):
    away(vendor)
    product.report_usage("objects", 7, reading_id="2026-11-22")
    assert product.report_usage("objects", 7, reading_id="2026-11-22").waiting == 1


def test_several_meters_at_once(vendor, product):
    away(vendor)
    assert product.report_usage({"objects": 5, "tenants": 2}).waiting == 2


def test_one_reading_that_is_refused_does_not_hold_the_others_up(vendor, product):
    away(vendor)
    for number in range(4):
        product.report_usage("objects", number)
    product.report_usage("wrong", 1)
    for number in range(4):
        product.report_usage("objects", number)
    vendor.act = None
    result = product.send_usage()
    assert (result.sent, result.waiting, len(result.refused)) == (8, 0, 1)
    assert len(vendor.readings) == 8
    assert [one.code for one in product.status().warnings] == ["usage_dropped"]
    assert "There is no such meter" in result.message


def test_what_is_too_old_is_given_up_and_told(vendor, product, tmp_path):
    away(vendor)
    product.report_usage("objects", 1)
    vendor.act = None
    later = client(vendor, tmp_path, clock=lambda: datetime.now(UTC) + 32 * DAY)
    assert later.send_usage().waiting == 0
    assert later.status().warnings[-1].message == "Readings of usage that could not be reported and were given up: 1."
    assert vendor.readings == {}


def test_readings_of_another_token_are_never_sent_under_this_one(vendor, product):
    away(vendor)
    product.report_usage("objects", 1)
    product.save_token(new_token("acme").text)
    product.save_token(vendor.token.text)
    vendor.act = None
    assert product.send_usage().sent == 0
    assert vendor.readings == {}


def test_there_is_a_limit_to_what_waits(vendor, product, monkeypatch):
    monkeypatch.setattr(reports, "MOST_WAITING", 3)
    away(vendor)
    for number in range(5):
        product.report_usage("objects", number)
    status = product.status()
    assert (status.usage_waiting, [one.code for one in status.warnings]) == (3, ["usage_dropped"])


def test_without_a_token_nothing_is_raised(vendor, tmp_path):
    with client(vendor, tmp_path) as one:
        assert one.report_usage("objects", 1).sent == 0
    assert vendor.requests == []


@pytest.mark.parametrize(
    ("meter", "quantity", "options"),
    [
        ("", 1, {}),
        ("x" * 61, 1, {}),
        ("objects", -1, {}),
        ("objects", 2**53, {}),
        ("objects", 1.5, {}),
        ("objects", True, {}),
        ("objects", 1, {"kind": "sum"}),
        ("objects", 1, {"reading_id": "x" * 65}),
        ({"objects": 1, "tenants": 1}, 0, {"reading_id": "x"}),
    ],
)
def test_what_cannot_be_a_reading_is_told_at_once(product, meter, quantity, options):
    with pytest.raises(ValueError):
        product.report_usage(meter, quantity, **options)


def of_sources(vendor):
    """Let the portal keep readings by installation, as Torhaus does, and lose each reply; gives what it counts."""
    counted = {}

    def lose(handler, path, data):
        body = json.loads(data)
        if not path.endswith("/usage"):
            return False
        counted.update({(body.get("installation", ""), one["id"]): one["quantity"] for one in body["readings"]})
        handler.close_connection = True
        return True

    vendor.act = lose
    return counted


def test_a_reading_whose_reply_was_lost_counts_once_though_the_product_is_activated_meanwhile(vendor, product):
    counted = of_sources(vendor)
    assert product.report_usage("objects", 7, kind="counter").waiting == 1
    product.activate()
    product.send_usage()
    product.report_usage("objects", 5, kind="counter")
    assert [(source, quantity) for (source, _), quantity in counted.items()] == [("", 7)]
    vendor.act = None
    assert product.send_usage().sent == 2
    assert [body.get("installation") for _, body, _ in vendor.requests[-2:]] == [None, "Inst1"]


def test_what_waits_is_sent_before_the_place_is_given_back(vendor, product):
    product.activate()
    counted = of_sources(vendor)
    product.report_usage("objects", 7, kind="counter")
    product.deactivate()
    product.send_usage()
    assert list(counted.values()) == [7]
    assert {source for source, _ in counted} == {"Inst1"}


@pytest.mark.parametrize("ours", [False, True])
def test_readings_of_a_place_that_is_gone_hold_no_others_up(vendor, product, ours):
    product.activate()
    away(vendor)
    product.report_usage({"objects": 7, "tenants": 1})
    if not ours:
        with contextlib.suppress(ServerUnreachable):
            product.deactivate()
        product._core.kept.change(lambda state: state.update(installation=""))
        product.report_usage("objects", 8)
    vendor.act = None
    removed = {"code": "installation_removed", "title": "It was removed", "detail": ""}
    vendor.reply = lambda path, body, reply=vendor.reply: (
        (409, removed) if body.get("installation") else reply(path, body)
    )
    result = product.send_usage()
    if ours:  # it may be activated anew
        assert (result.sent, result.waiting, len(result.refused)) == (0, 2, 0)
    else:
        assert (result.sent, result.waiting, len(result.refused)) == (1, 0, 2)
        assert [one.code for one in product.status().warnings] == ["usage_dropped"]


@pytest.mark.parametrize("contact", ["check", "heartbeat"])
def test_a_silent_server_holds_one_report_up_and_gets_all_readings_once_with_the_next_contact(
    vendor, product, silent, tmp_path, contact
):
    patient = client(vendor, tmp_path, timeout=PATIENCE)
    result, took = seconds(lambda: patient.report_usage("objects", 0))
    assert (result.waiting, took < 1.5 * PATIENCE) == (1, True)
    for number in range(1, 6):
        result, took = seconds(lambda number=number: patient.report_usage("objects", number))
        assert (result.sent, result.waiting, took < 0.5 * PATIENCE) == (0, number + 1, True)
        assert result.message.endswith(f"Readings of usage that wait until the server can be reached: {number + 1}.")
        assert result.message.startswith(patient.status().server_away)
    assert vendor.asked() == ["/api/v1/usage"]
    german = client(vendor, tmp_path, timeout=1.0, language="de")  # another process knows it, too
    result, took = seconds(lambda: german.report_usage("objects", 6))
    assert (result.waiting, took < 0.5 * PATIENCE) == (7, True)
    assert result.message.endswith("Zählerstände, die warten, bis der Server erreichbar ist: 7.")
    come_back(vendor, silent)
    assert getattr(product, contact)().status.usage_waiting == 0
    assert vendor.asked().count("/api/v1/usage") == 1
    sent = [one["quantity"] for _, body, _ in vendor.requests for one in body.get("readings", [])]
    assert (sent, len(vendor.readings)) == ([0, 1, 2, 3, 4, 5, 6], 7)
    assert product.report_usage("objects", 7).sent == 1  # at once again


def test_the_async_client_is_held_up_once_too(vendor, product, silent, tmp_path):
    async def life():
        options = {"keys": KEYS, "state_file": tmp_path / "licence.json", "fingerprint": PARTS, "timeout": PATIENCE}
        async with AsyncClient(vendor.url, "acme", **options) as one:
            for number, most in enumerate((1.5, 0.5, 0.5, 0.5)):
                start = time.monotonic()
                assert (await one.report_usage("objects", number)).waiting == number + 1
                assert time.monotonic() - start < most * PATIENCE
            come_back(vendor, silent)
            assert (await one.check()).status.usage_waiting == 0

    loops.run(life())
    assert sorted(one["quantity"] for one in vendor.readings.values()) == [0, 1, 2, 3]


def test_who_only_reports_tries_again_after_a_minute_then_more_rarely_and_one_at_a_time(vendor, product, tmp_path):
    away(vendor)
    now = [datetime.now(UTC)]
    one = client(vendor, tmp_path, clock=lambda: now[0])
    tries = []
    for minutes in range(16):
        now[0] += timedelta(minutes=minutes and 1)
        before = len(vendor.requests)
        for _ in range(2):
            one.report_usage("objects", 1)
        tries += [minutes] * (len(vendor.requests) - before)
    assert tries == [0, 1, 3, 7, 15]
    now[0] += timedelta(hours=2)
    threads = [threading.Thread(target=one.report_usage, args=("objects", 1)) for _ in range(4)]
    vendor.act = lambda h, *_: time.sleep(0.5) or h.say(503, {}) or True
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(vendor.requests) == 6
    now[0] += timedelta(hours=2)
    vendor.act = None
    assert (one.report_usage("objects", 1).waiting, one.status().server_away) == (0, "")
    assert one.report_usage("objects", 1).sent == 1
    assert len(vendor.readings) == 38


def test_a_server_that_answers_again_is_there_though_it_refuses_the_reading(vendor, product):
    away(vendor)
    product.report_usage("wrong", 1)
    assert product.status().server_away
    vendor.act = None
    assert len(product.send_usage().refused) == 1
    assert product.status().server_away == ""
    assert product.report_usage("objects", 1).sent == 1


def test_the_command_tries_at_once_though_the_server_was_away(vendor, product, tmp_path, capsys):
    def report():
        return main(["usage", "objects=1", "objects=2"], lambda _settings: client(vendor, tmp_path))

    away(vendor)
    assert (report(), report()) == (Exit.GRACE, Exit.GRACE)
    vendor.act = None
    assert report() == Exit.VALID
    assert "Reported: 6." in capsys.readouterr().out.splitlines()
    assert len(vendor.readings) == 6
