"""The one rule: what a question, what is granted and what is known come to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.licensing.grants import Granted, Grants, Policy, read_grants
from torhaus.licensing.heartbeats import needs_lease
from torhaus.licensing.validation import DAY, Facts, Known, Question, matches, verdict_on
from torhaus_sdk.answers import BLOCKING, TOLERATED, Access, Code

NOW = 1_800_000_000
GRANTS = Grants(
    contract="V-1",
    customer="K-1",
    product="acme",
    kind="subscription",
    edition="medium",
    environment="production",
    starts_at=NOW - 100 * DAY,
    ends_at=NOW + 100 * DAY,
    grace_days=30,
    maintained_until=None,
    suspended=False,
    items=(Granted("medium", "plan", 5000), Granted("flows", "add_on", 1), Granted("trial-tool", "add_on", 1, NOW)),
    allowances={"objects": 100},
)
PLACE = Known(ref="i1", parts={"a": "1", "b": "2", "c": "3"}, environment="production", last_seen_at=NOW)
FITTING = {"a": "1", "b": "2", "c": "3"}


def ask(policy: dict | None = None, facts: dict | None = None, question: dict | None = None, **grants):
    made = replace(GRANTS, policy=Policy(**(policy or {})), **grants)
    return verdict_on(made, Facts(now=NOW, **(facts or {})), Question(**(question or {})))


@pytest.mark.parametrize(
    ("policy", "facts", "question", "grants", "code"),
    [
        ({}, {}, {}, {}, "valid"),
        ({}, {}, {}, {"suspended": True}, "suspended"),
        ({}, {}, {}, {"starts_at": NOW + 1}, "not_started"),
        ({}, {}, {}, {"lacks": "product_not_licensed"}, "product_not_licensed"),
        ({}, {}, {}, {"lacks": "nothing_booked"}, "nothing_booked"),
        ({}, {}, {}, {"ends_at": NOW - 31 * DAY}, "expired"),
        ({}, {}, {}, {"ends_at": NOW - 30 * DAY}, "expired"),
        ({}, {}, {}, {"ends_at": NOW - 30 * DAY + 1}, "in_grace"),
        ({}, {}, {}, {"ends_at": None}, "valid"),
        ({"fallback": True}, {}, {"released_at": NOW - 50 * DAY}, {"ends_at": NOW - 40 * DAY}, "fallback"),
        ({"fallback": True}, {}, {"released_at": NOW - 40 * DAY}, {"ends_at": NOW - 40 * DAY}, "expired"),
        ({"fallback": True}, {}, {}, {"ends_at": NOW - 40 * DAY}, "expired"),
        ({}, {}, {"released_at": NOW}, {"maintained_until": NOW}, "version_not_maintained"),
        ({}, {}, {"released_at": NOW - 1}, {"maintained_until": NOW}, "valid"),
        ({}, {}, {"edition": "large"}, {}, "edition_mismatch"),
        ({"environments": ("production",)}, {}, {}, {}, "environment_required"),
        ({"environments": ("production",)}, {}, {"environment": "test"}, {}, "environment_not_allowed"),
        ({"minimum_version": "33"}, {}, {}, {}, "version_required"),
        ({"minimum_version": "33"}, {}, {"version": "33.0-rc1"}, {}, "version_not_allowed"),
        ({"maximum_version": "33"}, {}, {"version": "33.0"}, {}, "valid"),
        ({"checksums": ("ab",)}, {}, {}, {}, "checksum_required"),
        ({"checksums": ("ab",)}, {}, {"checksum": "AB"}, {}, "valid"),
        ({"checksums": ("ab",)}, {}, {"checksum": "cd"}, {}, "checksum_mismatch"),
        ({"model": "node_locked"}, {}, {}, {}, "installation_required"),
        ({}, {}, {"installation": "i1"}, {}, "installation_unknown"),
        ({}, {"installation": replace(PLACE, removed_by="staff")}, {"installation": "i1"}, {}, "installation_removed"),
        ({}, {"installation": PLACE}, {"installation": "i1"}, {}, "fingerprint_required"),
        ({}, {"installation": PLACE}, {"installation": "i1", "parts": {"a": "x"}}, {}, "fingerprint_mismatch"),
        ({}, {"installation": PLACE}, {"installation": "i1", "parts": FITTING}, {}, "valid"),
        ({}, {}, {"require": ("flows", "other")}, {}, "feature_missing"),
        ({}, {}, {"require": ("trial-tool",)}, {}, "feature_missing"),
        ({}, {"used": {"objects": 101}}, {}, {}, "allowance_exceeded"),
        ({"overage": "percent", "overage_percent": 10}, {"used": {"objects": 110}}, {}, {}, "overage"),
        ({"overage": "percent", "overage_percent": 10}, {"used": {"objects": 111}}, {}, {}, "allowance_exceeded"),
        ({"overage": "report"}, {"used": {"objects": 10**9}}, {}, {}, "overage"),
        ({}, {"used": {"objects": 80}}, {}, {}, "valid"),
    ],
)
def test_what_is_found_decides_the_code(policy, facts, question, grants, code):
    verdict = ask(policy, facts, question, **grants)
    assert verdict.code == code
    assert verdict.valid == (verdict.code not in BLOCKING)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, "lease_required"),
        ({"lease_until": NOW}, "lease_expired"),
        ({"lease_until": NOW + 1}, "valid"),
        ({"lease_refused": True}, "too_many_leases"),
        ({"lease_until": NOW + 1, "leases": 3}, "overage"),  # it holds one until then
        ({"leases": 3}, "lease_required"),
        ({"lease_until": NOW + 1, "installations": 99}, "valid"),
    ],
)
def test_floating_places(facts, code):
    policy = {"model": "floating", "max_leases": 2}
    known = replace(PLACE, parts={})
    assert ask(policy, {"installation": known} | facts, {"installation": "i1"}).code == code
    spare = replace(known, counts=False)  # a test installation that takes no place needs none
    assert ask(policy, {"installation": spare} | facts, {"installation": "i1"}).code == "valid"


def test_of_places_and_meters_that_are_overused_both_are_told():
    verdict = ask(
        {"overage": "report", "max_installations": 1},
        {"installation": replace(PLACE, parts={}), "installations": 2, "used": {"objects": 200}},
        {"installation": "i1"},
    )
    assert (verdict.code, verdict.subjects[Code.OVERAGE]) == (Code.OVERAGE, ("objects",))


@pytest.mark.parametrize(
    ("enforcement", "grants", "facts", "access"),
    [
        ("advise", {"suspended": True}, {}, Access.FULL),
        ("degrade", {"suspended": True}, {}, Access.READ_ONLY),
        ("block", {"suspended": True}, {}, Access.NONE),
        ("block", {"ends_at": NOW - 99 * DAY}, {}, Access.READ_ONLY),
        ("block", {}, {"used": {"objects": 101}}, Access.READ_ONLY),  # nobody is locked out of what is there
        ("block", {"suspended": True}, {"used": {"objects": 101}}, Access.NONE),
    ],
)
def test_access_follows_enforcement(enforcement, grants, facts, access):
    assert ask({"enforcement": enforcement}, facts, **grants).access is access


def test_a_stop_after_the_grace_stops():
    assert ask({"after_grace": "stop"}, ends_at=NOW - 99 * DAY).access is Access.NONE


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("12"), min_size=1))
def test_a_fingerprint_fits_itself_however_it_is_matched(parts):
    assert all(matches(parts, parts, how) for how in ("any", "most", "all"))


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ({"a": "1"}, {"any"}),
        ({"a": "1", "b": "2"}, {"any", "most"}),
        (FITTING, {"any", "most", "all"}),
        (FITTING | {"d": "4"}, {"any", "most"}),
        ({"a": "2"}, set()),
    ],
)
def test_how_many_parts_have_to_fit(said, fits):
    assert {how for how in ("any", "most", "all") if matches(FITTING, said, how)} == fits


def test_findings_stand_in_their_order_and_the_first_decides():
    verdict = ask({}, {"used": {"objects": 101}}, {"require": ("x",), "edition": "y"}, suspended=True)
    assert list(verdict.findings) == [code for code in Code if code in verdict.findings]
    assert verdict.code is Code.SUSPENDED
    assert not BLOCKING & TOLERATED


def test_a_heartbeat_writes_only_what_it_has_to():
    policy, known = Policy(model="floating", lease_seconds=600), replace(PLACE, parts={})

    def needed(known=known, **facts):
        facts = Facts(now=NOW, installation=known, **facts)
        verdict = verdict_on(replace(GRANTS, policy=policy), facts, Question(installation="i1"))
        return needs_lease(policy, facts, verdict)

    assert needed()
    assert not needed(lease_until=NOW + 301)
    assert needed(lease_until=NOW + 300)
    assert needed(lease_until=NOW - 1)
    assert not needed(known=None)
    assert not needed(known=replace(known, removed_by="customer"))
    assert not needed(known=replace(known, counts=False))


def test_the_kept_text_is_read_as_it_was_written():
    policy = Policy(environments=("production",), checksums=("ab",), max_leases=3)
    grants = replace(GRANTS, policy=policy, seats={"full": 3})
    assert read_grants(grants.text()) == grants
    assert read_grants(grants.text()).text() == grants.text()
