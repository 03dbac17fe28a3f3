"""The short path and the ordinary view give the same bytes, whatever is booked, kept, installed and asked."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import people
from tests.api.asking import ask_hot, ask_ordinary
from torhaus.catalogue.models import Product
from torhaus.core import clock
from torhaus.frame import rates
from torhaus.licensing.fingerprints import digest_of, hashed_parts
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import ContractPolicy, Installation, Lease, Licence, PlanPolicy
from torhaus.licensing.signing import ISSUER
from torhaus.vendor.actions import create_signing_key

pytestmark = pytest.mark.slow
TODAY = people.NOON.date()
PARTS = [{"id": "one"}, {"machine": "m", "board": "b", "host": "h"}, {"machine": "m", "board": "b", "host": "other"}]
days = st.integers(-900, 900)
maybe_days = st.none() | days
policies = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["node_locked", "floating", "unlimited"]),
        "max_installations": st.none() | st.integers(0, 3),
        "max_leases": st.none() | st.integers(0, 3),
        "per_unit": st.booleans(),
        "overage": st.sampled_from(["refuse", "percent", "report"]),
        "overage_percent": st.sampled_from([0, 10, 100]),
        "after_grace": st.sampled_from(["read_only", "stop"]),
        "fallback": st.booleans(),
        "matching": st.sampled_from(["any", "most", "all"]),
        "minimum_version": st.sampled_from(["", "33"]),
        "maximum_version": st.sampled_from(["", "34.1"]),
        "environments": st.sampled_from([[], ["production"], ["production", "test"]]),
        "checksums": st.sampled_from([[], ["a" * 64]]),
        "enforcement": st.sampled_from(["advise", "degrade", "block"]),
        "check_hours": st.sampled_from([1, 24]),
        "offline_grace_days": st.sampled_from([0, 14]),
    },
)
contracts = st.fixed_dictionaries(
    {"kind": st.sampled_from(["subscription", "evaluation", "perpetual", "hosting"]), "starts": days},
    optional={
        "lasts": st.integers(0, 800),
        "suspended": st.booleans(),
        "grace_days": st.none() | st.integers(0, 40),
        "maintenance": maybe_days,
    },
)
bookings = st.lists(
    st.tuples(
        st.sampled_from(
            ["plan:medium", "plan:large", "add_on:flows", "add_on:other-tool", "seat:full", "support:basic"]
        ),
        st.integers(0, 3),
        maybe_days,
        maybe_days,
    ),
    max_size=5,
)
installations = st.lists(
    st.fixed_dictionaries(
        {
            "parts": st.sampled_from([{}, *PARTS]),
            "environment": st.sampled_from(["", "production", "test"]),
            "counts": st.booleans(),
            "removed": st.sampled_from(["", "", "customer", "staff", "product"]),
            "seen_days_ago": st.integers(0, 30),
            "lease": st.none() | st.sampled_from([-60, 0, 1, 200, 400, 600]),
        }
    ),
    max_size=3,
)
questions = st.fixed_dictionaries(
    {},
    optional={
        "product": st.sampled_from(["acme", "other", "never-heard-of"]),
        "installation": st.sampled_from([0, 1, 2, "nothing"]),
        "process": st.sampled_from(["p1"]),
        "fingerprint": st.sampled_from(["one", *PARTS]),
        "version": st.sampled_from(["32.9", "34.1", "35"]),
        "released_on": days.map(lambda n: (TODAY + timedelta(days=n)).isoformat()),
        "environment": st.sampled_from(["production", "test"]),
        "checksum": st.sampled_from(["A" * 64, "b"]),
        "edition": st.sampled_from(["medium", "large"]),
        "require": st.lists(st.sampled_from(["flows", "medium", "missing"]), max_size=3),
        "nonce": st.sampled_from(["n", 'a "quoted" ü value']),
    },
)


def day(number: int | None) -> date | None:
    return None if number is None else TODAY + timedelta(days=number)


def make_contract(said: dict, booked: list) -> tuple:
    starts = day(said["starts"])
    ends = starts + timedelta(days=said["lasts"]) if "lasts" in said else None
    made = people.contract(
        people.customer(),
        kind=said["kind"],
        starts_on=starts,
        ends_on=ends,
        term_months=None,
        auto_renews=False,
        suspended=said.get("suspended", False),
        grace_days=said.get("grace_days"),
        maintenance_until=day(said.get("maintenance")),
    )
    other = people.product("other")
    for number, (what, quantity, begins, until) in enumerate(booked):
        kind, key = what.split(":")
        item = people.item(key, kind, product=other if key == "other-tool" else people.product())
        if begins is not None and until is not None and until < begins:
            begins, until = until, begins
        line = f"line-{number}"
        people.booking(made, line, item=item, kind=kind, quantity=quantity, active_from=day(begins), until=day(until))
    return made, people.token(made)


def install(licence: Licence, wanted: list) -> list[str]:
    refs = []
    for number, one in enumerate(wanted):
        parts = hashed_parts(one["parts"]) if one["parts"] else {}
        row = Installation.objects.create(
            licence=licence,
            parts=parts,
            digest=digest_of(parts | {"number": str(number)}),
            name=f"Server {number} ä",
            environment=one["environment"],
            counts=one["counts"],
            activated_at=clock.now() - timedelta(days=40),
            last_seen_at=clock.now() - timedelta(days=one["seen_days_ago"]),
            removed_at=clock.now() - timedelta(minutes=2) if one["removed"] else None,
            removed_by=one["removed"],
        )
        if one["lease"] is not None:
            Lease.objects.create(
                licence=licence,
                installation=row,
                holder=row.ref,
                taken_at=clock.now() - timedelta(minutes=10),
                expires_at=clock.now() + timedelta(seconds=one["lease"]),
            )
        refs.append(row.ref)
    taken = sum(1 for one in wanted if one["counts"] and not one["removed"])
    leases = sum(1 for one in wanted if one["lease"] is not None)
    Licence.objects.filter(pk=licence.pk).update(installations=taken, leases=leases)
    return refs


def undone(work):
    """Do something and take back what it wrote."""
    with transaction.atomic():
        done = work()
        transaction.set_rollback(True)
    return done


@pytest.fixture
def vendor(db):
    ISSUER.forget()
    with clock.at(people.NOON):
        made = people.vendor()
        create_signing_key(by=people.SYSTEM)
        people.allowance(people.item(), quantity=1)
        people.allowance(people.item("large"), quantity=2, per_unit=False)
        yield made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contract=contracts,
    booked=bookings,
    policy=st.none() | policies,
    own=st.booleans(),
    wanted=installations,
    used=st.none() | st.integers(0, 8),
    asked=st.lists(
        st.tuples(questions, st.booleans(), st.sampled_from(["de", "en", "fr"]), st.integers(0, 700)),
        min_size=1,
        max_size=6,
    ),
)
def test_hot_and_ordinary_answers_are_the_same(vendor, contract, booked, policy, own, wanted, used, asked):
    rates.PER_TOKEN.forget()
    rates.PER_ADDRESS.forget()

    def example():
        made, token = make_contract(contract, booked)
        with scopes_disabled():
            if policy is not None and own:
                ContractPolicy.objects.create(contract=made, **policy)
            elif policy is not None:
                PlanPolicy.objects.create(plan=people.item(), **policy)
            if used is not None:
                people.reading(made, TODAY, used)
            # Kept before, so that the row that both find has one reference.
            kept = [kept_licence(made, Product.objects.get(key=key)) for key in ("acme", "other")]
            refs = install(kept[0], wanted)
        for question, heartbeat, language, later in asked:
            compare(token, question, refs, "heartbeat" if heartbeat else "validate", language, later)

    undone(example)


def compare(token: str, question: dict, refs: list[str], operation: str, language: str, later: int) -> None:
    body = dict(question)
    if isinstance(number := body.get("installation"), int):
        body["installation"] = refs[number] if number < len(refs) else "unknown-here"
    if operation == "heartbeat":
        body.setdefault("installation", "unknown-here")
    path, said = f"/api/v1/{operation}", {"Accept_Language": language, "X_Request_ID": "same-for-both"}
    with clock.at(people.NOON + timedelta(seconds=later)):
        hot = undone(lambda: ask_hot(path, token, body, **said))
        ordinary = undone(lambda: ask_ordinary(path, token, body, **said))
    assert ordinary.status_code == 200, ordinary.content
    if hot is None:
        told = ordinary.json()
        taken = told["limits"]["installations"]
        # Of more than are agreed it matters who came first, which the one row does not say.
        crowded = taken["max"] is not None and taken["used"] > taken["max"]
        assert told["code"] == "product_not_licensed" or told["licence"]["ref"] == "" or crowded
        return
    assert hot.content == ordinary.content
    assert hot.payload == {name: value for name, value in hot.json().items() if name != "signed"}
