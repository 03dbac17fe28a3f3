"""The licence statement: what goes in comes out, and whatever is wrong is refused by its name."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sdk.licences import KEY, KEYS, KID, NOW, licence, signed
from torhaus_sdk import refusals
from torhaus_sdk.jws import sign
from torhaus_sdk.licence import (
    AfterGrace,
    Enforcement,
    Environment,
    Item,
    Licence,
    Seats,
    State,
    armour,
    dearmour,
    fingerprint_hash,
    sign_licence,
    verify_licence,
)

ARGUMENTS = {"keys": KEYS, "audience": "acme", "now": NOW}
FILE = armour(sign_licence(licence(), key=KEY, kid=KID))


def test_what_is_signed_is_read():
    assert verify_licence(FILE, **ARGUMENTS) == licence()
    assert verify_licence(FILE.encode(), **ARGUMENTS) == licence()


def test_perpetual_for_all_time_and_evaluation():
    whole = licence(licence_ends_at=None, environment=Environment.EVALUATION, maintained_until=NOW, bindings=("ab",))
    assert verify_licence(armour(sign_licence(whole, key=KEY, kid=KID)), **ARGUMENTS) == whole


moments = st.integers(0, 253402300799).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
texts = st.text(st.characters(codec="utf-8"), max_size=12)
numbers = st.integers(0, 2**53 - 1)
items = st.builds(Item, texts, texts, texts, numbers, st.none() | moments)


@settings(deadline=None)
@given(
    st.builds(
        Licence,
        issuer=texts,
        subject=texts,
        audience=st.tuples(texts),
        id=texts,
        issued_at=moments,
        not_before=moments,
        expires_at=moments,
        licence_ends_at=st.none() | moments,
        maintained_until=st.none() | moments,
        edition=texts,
        items=st.lists(items, max_size=4).map(tuple),
        allowances=st.dictionaries(texts, st.none() | numbers, max_size=4),
        seats=st.dictionaries(texts, st.builds(Seats, texts, st.none() | numbers), max_size=4),
        bindings=st.lists(texts, max_size=2).map(tuple),
        customer=texts,
        grace_days=numbers,
        sequence=numbers,
        environment=st.sampled_from(Environment),
        tokens=st.lists(texts, max_size=3).map(tuple),
    )
)
def test_whatever_is_signed_is_read_the_same(whole):
    if not whole.issued_at <= whole.expires_at > whole.not_before:
        with pytest.raises(ValueError, match="must end after"):
            sign_licence(whole, key=KEY, kid=KID)
        return
    text = armour(sign_licence(whole, key=KEY, kid=KID))
    now = max(whole.not_before, datetime(1971, 1, 1, tzinfo=UTC))
    if now >= whole.expires_at:
        return
    assert verify_licence(text, keys=KEYS, audience=whole.audience[0], now=now, leeway=timedelta(0)) == whole


WRONG = [
    ("malformed", {"exp": "1"}),
    ("malformed", {"exp": 1.5}),
    ("malformed", {"exp": True}),
    ("malformed", {"exp": -1}),
    ("malformed", {"exp": 10**12}),
    ("malformed", {"exp": 10**400}),
    ("malformed", {"exp": None}),
    ("malformed", {"exp": ...}),
    ("malformed", {"lic_exp": ...}),
    ("malformed", {"lic_exp": "never"}),
    ("malformed", {"aud": "acme"}),
    ("malformed", {"aud": ["acme", 1]}),
    ("malformed", {"entitlements": []}),
    ("malformed", {"entitlements": {"items": {}, "allowances": {}}}),
    ("malformed", {"entitlements": {"items": [{"key": "a"}], "allowances": {}}}),
    ("malformed", {"entitlements": {"items": [], "allowances": {"objects": -1}}}),
    ("malformed", {"entitlements": {"items": [], "allowances": {"objects": "many"}}}),
    ("malformed", {"seats": {"full": 3}}),
    ("malformed", {"seats": {"full": {"model": "named"}}}),
    ("malformed", {"env": "staging"}),
    ("malformed", {"bind": None}),
    ("malformed", {"tok": [None]}),
    ("malformed", {"ver": 1}),
    ("unsupported_version", {"ver": "2.0"}),
    ("unsupported_version", {"ver": "1"}),
    ("unsupported_version", {"ver": "1.0\n"}),
    ("wrong_audience", {"aud": []}),
    ("wrong_audience", {"aud": ["ACME", "acme "]}),
    ("not_yet_valid", {"nbf": int(NOW.timestamp()) + 61}),
    ("expired", {"exp": int(NOW.timestamp()) - 60}),
]


@pytest.mark.parametrize(("code", "changes"), WRONG)
def test_R37_wrong_claims_are_refused_by_their_name(code, changes):
    with pytest.raises(refusals.REFUSALS[code]) as refusal:
        verify_licence(signed(**changes), **ARGUMENTS)
    assert refusal.value.code == code
    if code == "malformed":
        assert next(iter(changes)) in str(refusal.value), "the claim is named"


def test_clocks_may_differ_by_a_minute():
    now = int(NOW.timestamp())
    verify_licence(signed(nbf=now + 60), **ARGUMENTS)
    verify_licence(signed(exp=now - 59), **ARGUMENTS)


def test_what_a_later_minor_version_adds_is_left_alone():
    assert verify_licence(signed(ver="1.7", colour="blue"), **ARGUMENTS) == licence(version="1.7")


def test_B48_a_licence_belongs_to_the_tokens_of_its_contract():
    verify_licence(FILE, **ARGUMENTS, token_public_id="Ab3dE5fG7hJ9")
    with pytest.raises(refusals.WrongToken, match="Install the licence and the token of one and the same contract"):
        verify_licence(FILE, **ARGUMENTS, token_public_id="Zz3dE5fG7hJ9")


def test_a_bound_licence_runs_only_there():
    text = armour(sign_licence(licence(bindings=(fingerprint_hash("a"), fingerprint_hash("b"))), key=KEY, kid=KID))
    assert verify_licence(text, **ARGUMENTS, fingerprint="b").runs_on("a")
    with pytest.raises(refusals.WrongMachine):
        verify_licence(text, **ARGUMENTS, fingerprint="c")
    verify_licence(FILE, **ARGUMENTS, fingerprint="c")


def test_R47_another_type_of_statement_is_no_licence():
    text = armour(sign(licence().claims(), key=KEY, kid=KID, typ="audit-head+jwt"))
    with pytest.raises(refusals.WrongType):
        verify_licence(text, **ARGUMENTS)


def test_the_states_of_a_licence():
    ends = datetime(2027, 3, 31, 22, tzinfo=UTC)
    whole = licence(licence_ends_at=ends, grace_days=30, maintained_until=NOW)
    second = timedelta(seconds=1)
    seen = [whole.state(at) for at in (ends - second, ends, ends + timedelta(30) - second, ends + timedelta(30))]
    assert [(one.state, one.until) for one in seen] == [
        (State.VALID, ends),
        (State.GRACE, ends + timedelta(30)),
        (State.GRACE, ends + timedelta(30)),
        (State.ENDED, ends),
    ]
    assert whole.state(NOW - second).maintained
    assert not whole.state(NOW).maintained
    assert whole.state(NOW).maintained_until == NOW


def test_a_perpetual_licence_never_ends():
    seen = licence(licence_ends_at=None).state(datetime(9999, 12, 31, tzinfo=UTC))
    assert (seen.state, seen.until, seen.maintained) == (State.VALID, None, True)


def test_without_grace_the_end_is_the_end():
    whole = licence(grace_days=0)
    assert whole.state(whole.licence_ends_at).state == State.ENDED
    assert dataclasses.replace(whole, grace_days=2**53 - 1).state(NOW.replace(year=9000)).state == State.GRACE


def test_a_licence_that_nobody_could_read_is_not_signed():
    for wrong in (
        licence(version="2.0"),
        licence(grace_days=-1),
        licence(issued_at=NOW.replace(tzinfo=None)),
        licence(expires_at=NOW - timedelta(30)),
        licence(not_before=NOW + timedelta(60)),
        licence(allowances={"objects": 0.5}),
        licence(edition="x" * 150_000),
    ):
        with pytest.raises(ValueError):
            sign_licence(wrong, key=KEY, kid=KID)


def test_a_licence_with_a_thousand_items_is_read():
    many = licence(items=tuple(Item(f"item-{n}", "add_on", f"Erweiterung für Größe {n}", n) for n in range(1000)))
    text = armour(sign_licence(many, key=KEY, kid=KID))
    assert 100_000 < len(text) < 200_000
    assert verify_licence(text, **ARGUMENTS) == many


def test_dearmour_gives_what_was_armoured():
    statement = sign_licence(licence(), key=KEY, kid=KID)
    assert dearmour(armour(statement)) == statement
    assert max(map(len, armour(statement).splitlines())) == 64


def test_files_of_before_read_as_the_usual_enforcement():
    claims = licence().claims()
    assert (claims.pop("enforcement"), claims.pop("after_grace")) == ("block", "read_only")
    assert Licence.from_claims(claims) == licence()
    odd = Licence.from_claims(claims | {"enforcement": ["advise"], "after_grace": "sing"})
    assert (odd.enforcement, odd.after_grace) == (Enforcement.BLOCK, AfterGrace.READ_ONLY)
    said = Licence.from_claims(claims | {"enforcement": "degrade", "after_grace": "stop"})
    assert (said.enforcement, said.after_grace) == (Enforcement.DEGRADE, AfterGrace.STOP)
