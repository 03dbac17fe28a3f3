"""Usage: kept before it is sent, sent later with the same ids, counted once, and never in the product's way."""

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.sdk.portal import DAY, client
from torhaus_sdk import reports
from torhaus_sdk.errors import ServerUnreachable
from torhaus_sdk.tokens import new_token


def away(vendor):
    vendor.act = lambda h, *_: h.say(503, {}) or True


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
