"""``GET /api/v1/licences`` and ``/status``: how everything stands, whoever asks (B42, B44, B52, B53, B75)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine, licensed, problem
from torhaus.catalogue.models import Product
from torhaus.core import clock
from torhaus.licensing.models import ContractPolicy
from torhaus.licensing.signing import ISSUER
from torhaus.vendor.models import SigningKey


@pytest.fixture(autouse=True)
def stopped_clock():
    ISSUER.forget()
    with clock.at(people.NOON):
        yield
    ISSUER.forget()


@pytest.fixture
def contract(db):
    return licensed()


@pytest.fixture
def token(contract):
    return people.token(contract)


def test_B75_licence_and_add_ons_are_readable(contract, token):
    people.allowance(people.item(), meter=people.meter())
    people.booking(contract, "seats", kind="seat", item=people.item("full", "seat"), quantity=25)
    people.booking(contract, "flows", kind="add_on", item=people.add_on("flows"), quantity=1)
    soon = {"quantity": 2, "active_from": date(2026, 12, 1), "until": date(2026, 12, 31)}
    people.booking(contract, "later", kind="add_on", item=people.add_on("later", name={"de": "Später"}), **soon)
    gone = {"quantity": 1, "until": date(2026, 11, 1)}
    people.booking(contract, "gone", kind="add_on", item=people.add_on("gone"), **gone)
    with scopes_disabled():
        ContractPolicy.objects.create(contract=contract, model="node_locked", max_installations=3)
    fine(ask(token, "activate", {"fingerprint": "a"}), 201)
    said = fine(ask(token, "licences"))
    assert said["contract"] == contract.number
    [one] = said["licences"]
    assert one["limits"].pop("seats") == {"full": 25}
    items = {item["key"]: item for item in one.pop("items")}
    assert items["medium"] == {"key": "medium", "kind": "plan", "quantity": 5000, "ends_at": None, "name": "Medium"}
    assert {"medium", "flows"} <= set(items)
    assert "gone" not in items
    assert len(one.pop("ref")) == 12
    assert one == {
        "product": "acme",
        "product_name": "Acme",
        "kind": "subscription",
        "edition": "medium",
        "environment": "production",
        "created_at": one["created_at"],
        "starts_at": "2026-03-31T22:00:00Z",
        "ends_at": "2027-03-31T22:00:00Z",
        "days_left": 129,
        "valid": True,
        "code": "valid",
        "access": "full",
        "enforcement": "block",
        "message": "The licence is valid.",
        "limits": {
            "installations": {"model": "node_locked", "max": 3, "used": 1, "free": 2},
            "leases": None,
            "meters": {"objects": {"max": 5000, "used": None, "free": None}},
        },
        "installations": {"used": 1, "max": 3},
    }
    states = {row["key"]: (row["state"], row["starts_on"], row["ends_on"], row["days_left"]) for row in said["add_ons"]}
    assert states == {
        "flows": ("active", None, None, 129),
        "later": ("upcoming", "2026-12-01", "2026-12-31", 39),
        "gone": ("expired", None, "2026-11-01", 0),
    }
    german = fine(ask(token, "licences", **{"Accept-Language": "de"}))
    assert german["licences"][0]["message"] != one["message"]
    assert "Später" in {row["name"] for row in german["add_ons"]}


def test_B53_without_an_end_there_is_none(db):
    contract = licensed(kind="perpetual", ends_on=None, term_months=None, auto_renews=False)
    token = people.token(contract)
    [one] = fine(ask(token, "licences"))["licences"]
    assert (one["ends_at"], one["days_left"], one["valid"]) == (None, None, True)
    assert fine(ask(token, "status"))["days_left"] is None


def test_B42_B44_status_says_in_short_how_it_stands(contract, token):
    public_id = token.split("_")[1]
    said = fine(ask(token, "status"))
    assert said == {
        "contract": contract.number,
        "customer": "10482",
        "token": public_id,
        "licences": 1,
        "checked_at": "2026-11-22T11:00:00Z",
        "vendor": {"name": "Acme", "sales_mail": "sales@acme.example", "sales_phone": "+49 211 123450"},
        "valid": True,
        "code": "valid",
        "access": "full",
        "enforcement": "block",
        "message": "The licence is valid.",
        "days_left": 129,
        "trial": None,
    }
    assert token not in str(said)


def test_B52_an_evaluation_says_when_it_ends_and_where_to_get_more(db):
    contract = licensed(
        kind="evaluation", starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30), term_months=None, auto_renews=False
    )
    people.vendor(links={"offer": "https://acme.example/buy"})
    ISSUER.forget()
    said = fine(ask(people.token(contract), "status"))
    assert said["trial"] == {
        "ends_at": "2026-11-30T23:00:00Z",
        "days_left": 8,
        "offer_url": "https://acme.example/buy",
    }


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"suspended": True}, "suspended"),
        ({"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}, "not_started"),
        ({"ends_on": date(2026, 9, 1), "auto_renews": False}, "expired"),
        ({"ends_on": date(2026, 11, 15), "auto_renews": False}, "in_grace"),
    ],
)
def test_each_state_of_the_contract_has_its_code(db, fields, code):
    token = people.token(licensed(**fields))
    [one] = fine(ask(token, "licences"))["licences"]
    assert (one["code"], one["valid"]) == (code, code == "in_grace")
    assert fine(ask(token, "status"))["code"] == code


@pytest.mark.parametrize(
    ("enforcement", "suspended", "ended"),
    [("advise", "full", "full"), ("degrade", "read_only", "none"), ("block", "none", "none")],
)
def test_how_strictly_the_vendor_wants_it_stands_in_licences_and_status_as_in_validate(
    db, enforcement, suspended, ended
):
    of_both = {
        "suspended": {"suspended": True},
        "expired": {"ends_on": date(2026, 9, 1), "auto_renews": False},
        "valid": {},
    }
    for number, (code, fields) in enumerate(of_both.items()):
        contract = licensed(str(number), **fields)
        with scopes_disabled():
            ContractPolicy.objects.create(contract=contract, enforcement=enforcement, after_grace="stop")
        token = people.token(contract)
        [one] = fine(ask(token, "licences"))["licences"]
        access = {"suspended": suspended, "expired": ended, "valid": "full"}[code]
        told = {"valid": code == "valid", "code": code, "access": access, "enforcement": enforcement}
        for said in (one, fine(ask(token, "status")), fine(ask(token, "validate", {}))):
            assert {name: said[name] for name in told} == told


def test_what_only_an_installation_could_say_is_not_asked_here(contract, token):
    with scopes_disabled():
        ContractPolicy.objects.create(
            contract=contract, model="floating", max_leases=1, environments=["production"],
            minimum_version="30", checksums=["a" * 64],
        )  # fmt: skip
    assert fine(ask(token, "status"))["code"] == "valid"


def test_with_nothing_booked_or_no_key_it_still_answers(db):
    people.vendor()
    token = people.token(people.contract(people.customer()))
    SigningKey.objects.all().delete()
    [one] = fine(ask(token, "licences"))["licences"]
    assert (one["code"], one["items"]) == ("nothing_booked", [])


def test_R70_each_contract_sees_its_own(contract, token):
    other = people.token(licensed("666"))
    mine, theirs = (fine(ask(one, "licences")) for one in (token, other))
    assert mine["contract"] != theirs["contract"]
    assert mine["licences"][0]["ref"] != theirs["licences"][0]["ref"]
    # Whose it is says the token, nothing else.
    said = ask(token, "licences?contract=" + theirs["contract"] + "&licence=" + theirs["licences"][0]["ref"])
    assert said.json() == mine


def test_reading_takes_few_queries_and_writes_nothing(contract, token):
    other = Product.objects.create(key="extra", name={"": "Extra"})
    people.booking(contract, "extra", kind="add_on", item=people.item("extra", "add_on", product=other), quantity=1)
    for n in range(20):
        people.booking(contract, f"a{n}", kind="add_on", item=people.add_on(f"a{n}"), quantity=1)
    for name in ("licences", "status"):
        assert len(fine(ask(token, "licences"))["licences"]) == 2
        with CaptureQueriesContext(connection) as queries:
            fine(ask(token, name))
        assert len(queries) <= 12, [one["sql"][:120] for one in queries]
        assert all(one["sql"].startswith("SELECT") for one in queries)


def test_methods_and_strangers(contract, token):
    for name in ("licences", "status"):
        answer = ask(token, name, {}, method="POST")
        problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "GET, HEAD"
        problem(ask(None, name), 401, "token_missing")
        answer = ask(token, name, method="HEAD")
        assert (answer.status_code, answer.content) == (200, b"")


def test_a_licence_that_ended_a_minute_ago_is_over_at_once(db):
    token = people.token(licensed(ends_on=people.NOON.date(), auto_renews=False, grace_days=0))
    assert fine(ask(token, "status"))["valid"]
    midnight = people.NOON.replace(hour=0) + timedelta(days=1)
    with clock.at(midnight - timedelta(seconds=1)):
        assert fine(ask(token, "status"))["valid"]
    with clock.at(midnight):
        assert fine(ask(token, "status"))["code"] == "expired"
