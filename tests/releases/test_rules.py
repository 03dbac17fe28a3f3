import contextlib
import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.core.versions import version_key
from torhaus.releases.rules import (
    HIDDEN,
    Booked,
    BookingState,
    Held,
    Offered,
    Reason,
    Requirement,
    UnreadableRequirement,
    entitlement,
    parse_requirement,
)
from torhaus.subscriptions.rules import Status

VERSIONS = st.lists(st.integers(0, 99), min_size=1, max_size=4)
WRITTEN = st.from_regex(
    r"v?([0-9]!)?[0-9]{1,3}(\.[0-9]{1,3}){0,3}([-.]?(dev|alpha|beta|rc|post)\.?[0-9]{0,2})?", fullmatch=True
)
ANY = WRITTEN | st.text(max_size=40)
TODAY = date(2026, 11, 22)


# Versions


def test_B66_versions_compare_by_number():
    ordered = ["1.9", "1.10", "1.19", "1.19.1", "33", "34.0-rc1", "34.0", "34.0.1", "34.1"]
    shuffled = ordered[3:] + ordered[:3]
    assert sorted(shuffled, key=version_key) == ordered
    assert version_key("v34") == version_key("34.0") == version_key("34.0.0+build.7") == version_key(" 34 ")


def test_words_before_a_release_have_an_order_and_words_after_it_too():
    ordered = [
        "2.0-dev", "2.0-foo", "2.0-alpha", "2.0a2", "2.0-alpha.10", "2.0-beta", "2.0b2", "2.0-pre", "2.0-rc1", "2.0rc2",
        "2.0", "2.0-post1", "2.0-p2", "2.0.1-rc1", "2.0.1", "10.0", "1!0.1",
    ]  # fmt: skip
    assert sorted(ordered[7:] + ordered[:7], key=version_key) == ordered
    assert version_key("2.0-ALPHA1") == version_key("2.0a1")


@given(VERSIONS, VERSIONS)
def test_numeric_versions_compare_like_their_numbers(one, other):
    def padded(parts):
        return parts + [0] * (4 - len(parts))

    left, right = ".".join(map(str, one)), ".".join(map(str, other))
    assert (version_key(left) < version_key(right)) == (padded(one) < padded(other))


@given(ANY, ANY, ANY)
def test_any_texts_have_a_total_order(a, b, c):
    x, y, z = version_key(a), version_key(b), version_key(c)
    assert (x < y) + (x == y) + (x > y) == 1
    assert not (x <= y and y <= z) or x <= z


@given(VERSIONS.map(lambda parts: ".".join(map(str, parts))), st.integers(0, 99))
def test_a_pre_release_is_before_its_release_and_after_the_one_before(version, number):
    kinds = [version_key(f"{version}-{word}{number}") for word in ("alpha", "beta", "rc")]
    assert [*kinds, version_key(version)] == sorted([*kinds, version_key(version)])
    assert len({*kinds, version_key(version)}) == 4


def test_numbers_may_be_of_any_length():
    assert version_key("1." + "9" * 5000) < version_key("1.1" + "0" * 5000)
    assert version_key("٣") == version_key("")  # digits of other scripts number nothing here


def met(required, version) -> bool:
    """Whether a version is within."""
    least, most, key = version_key(required.minimum), version_key(required.maximum), version_key(version)
    above = not required.minimum or (key > least if required.beyond_minimum else key >= least)
    return above and (not required.maximum or (key < most if required.below_maximum else key <= most))


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">= 1.11", ["1.11", "1.19", "33"], ["1.9", "1.11-rc1"]),
        (">1.11", ["1.12"], ["1.11", "1.9"]),
        ("1.11 - 2.0", ["1.11", "2.0", "1.20"], ["2.0.1", "1.10"]),
        (">=1.11, <2", ["1.11", "1.99"], ["2", "2.0", "1.10"]),
        (">= 1.11 && <= 2", ["2"], ["2.1"]),
        ("<= 33", ["33", "1.0"], ["33.0.1"]),
        ("1.11", ["1.11", "34"], ["1.10"]),
        ("= 34.1", ["34.1", "34.1.0"], ["34.2", "34"]),
        ("", ["0", "99"], []),
        ("*", ["0", "99"], []),
    ],
)
def test_requirements_are_read_as_package_json_writes_them(text, inside, outside):
    required = parse_requirement(text)
    assert [v for v in inside + outside if met(required, v)] == inside


@pytest.mark.parametrize(
    "text", ["x", ">=", ">= a", "1 - ", "1 || 2", ">= 2, < 1", "> 1, < 1", "1.0 -- 2", "9" * 500, ">=1 " * 90]
)
def test_what_is_no_requirement_is_refused(text):
    with pytest.raises(UnreadableRequirement):
        parse_requirement(text)


@given(st.text(max_size=60))
def test_reading_a_requirement_never_crashes(text):
    with contextlib.suppress(UnreadableRequirement):
        assert isinstance(parse_requirement(text), Requirement)


# Entitlement

KINDS = ("subscription", "evaluation", "perpetual", "hosting")
HELD = [
    Held(1, kind, status, date(2026, 12, 1), date(2026, 10, 31) if status is Status.EXPIRED else None)
    for kind in KINDS
    for status in Status
]


def held(kind="subscription", status=Status.ACTIVE, **fields) -> Held:
    return Held(1, kind, status, date(2026, 12, 1), **fields)


def offered(product=1, **fields) -> Offered:
    return Offered(product, **{"published_on": date(2026, 11, 10)} | fields)


RUNNING = {Status.ACTIVE, Status.ENDING}
NOT = {Status.UPCOMING: Reason.NOT_BEGUN, Status.SUSPENDED: Reason.SUSPENDED, Status.EXPIRED: Reason.ENDED}


@pytest.mark.parametrize(("kind", "status"), list(itertools.product(KINDS, Status)))
def test_versions_of_the_product_follow_the_contract(kind, status):
    answer = entitlement(held(kind, status), offered())
    assert answer.reason is (Reason.ACTIVE if status in RUNNING else NOT[status])
    assert answer.allowed == (status in RUNNING)


@pytest.mark.parametrize(("kind", "status"), list(itertools.product(KINDS, Status)))
def test_R60_security_updates_of_the_product_are_always_open(kind, status):
    answer = entitlement(held(kind, status, maintenance_until=date(2020, 1, 1)), offered(security=True))
    assert (answer.allowed, answer.reason) == (True, Reason.SECURITY)


@pytest.mark.parametrize("one", HELD)
@pytest.mark.parametrize("security", [True, False])
@pytest.mark.parametrize("add_on", [True, False])
def test_what_is_withdrawn_not_yet_published_or_of_another_product_is_nobodys(one, security, add_on):
    booked = Booked(BookingState.ACTIVE)
    common = {"security": security, "add_on": add_on, "free": add_on}
    for change, reason in (
        ({"withdrawn": True}, Reason.WITHDRAWN),
        ({"published": False}, Reason.NOT_PUBLISHED),
        ({"product": 2}, Reason.OTHER_PRODUCT),
    ):
        answer = entitlement(one, offered(**common | change), booked)
        assert (answer.allowed, answer.reason) == (False, reason)
        assert reason in HIDDEN


def test_maintenance_opens_what_was_published_up_to_its_last_day():
    one = held("perpetual", maintenance_until=date(2026, 11, 10))
    assert entitlement(one, offered()).allowed
    late = entitlement(one, offered(published_on=date(2026, 11, 11)))
    assert (late.allowed, late.reason, late.on) == (False, Reason.MAINTENANCE_ENDED, date(2026, 11, 10))
    booked = entitlement(one, offered(published_on=date(2026, 11, 11), add_on=True), Booked(BookingState.ACTIVE))
    assert booked.reason is Reason.MAINTENANCE_ENDED
    assert entitlement(held("perpetual"), offered(published_on=TODAY)).allowed
    assert entitlement(held("subscription", maintenance_until=date(2020, 1, 1)), offered()).allowed


ADD_ON = {
    BookingState.ACTIVE: Reason.BOOKED,
    BookingState.UPCOMING: Reason.BOOKING_NOT_BEGUN,
    BookingState.ENDED: Reason.BOOKING_ENDED,
    BookingState.NONE: Reason.NOT_BOOKED,
}


@pytest.mark.parametrize(("kind", "status", "state"), list(itertools.product(KINDS, Status, BookingState)))
def test_B29_paid_add_ons_are_open_if_booked_or_in_an_evaluation(kind, status, state):
    answer = entitlement(held(kind, status), offered(add_on=True), Booked(state, TODAY))
    if status not in RUNNING:
        expected = NOT[status]
    elif kind == "evaluation" and state is not BookingState.ACTIVE:
        expected = Reason.EVALUATION
    else:
        expected = ADD_ON[state]
    assert answer.reason is expected
    free = entitlement(held(kind, status), offered(add_on=True, free=True), Booked(state, TODAY))
    assert free.reason is (Reason.FREE if status in RUNNING else NOT[status])


@pytest.mark.parametrize(("kind", "status", "state"), list(itertools.product(KINDS, Status, BookingState)))
def test_security_updates_of_an_add_on_are_open_to_whoever_had_it(kind, status, state):
    answer = entitlement(held(kind, status), offered(add_on=True, security=True), Booked(state, TODAY))
    had = kind == "evaluation" or state in {BookingState.ACTIVE, BookingState.ENDED}
    assert answer.allowed == had
    assert entitlement(held(kind, status), offered(add_on=True, security=True, free=True), Booked(state)).allowed


DAYS = st.integers(-400, 400).map(lambda n: TODAY + timedelta(days=n))


@given(
    st.sampled_from(HELD),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    DAYS,
    st.none() | DAYS,
    st.sampled_from(list(BookingState)),
)
def test_every_answer_has_a_reason_and_security_never_closes_a_door(one, security, add_on, free, day, until, state):
    here = Held(one.product_id, one.kind, one.status, one.starts_on, one.ended_on, until)
    plain = entitlement(here, offered(published_on=day, add_on=add_on, free=free), Booked(state))
    marked = entitlement(here, offered(published_on=day, add_on=add_on, free=free, security=security), Booked(state))
    assert plain.reason in Reason
    assert marked.allowed >= plain.allowed
