"""The signed list of licence files that were taken back, from the portal to the SDK."""

from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from hypothesis import given
from hypothesis import strategies as st

from tests import people
from torhaus.core import clock
from torhaus.journeys.issue_token import issue_token
from torhaus.journeys.revoke_token import revoke_token
from torhaus.licensing.issue_offline_licence import issue_offline_licence
from torhaus.licensing.revocations import REVOCATIONS
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.distrust_signing_key import distrust_signing_key
from torhaus.vendor.keys import active_signer, trusted_keys
from torhaus.vendor.models import SigningKey
from torhaus_sdk.jws import claimed_kid, sign
from torhaus_sdk.refusals import Expired, InvalidStatement, NotYetValid, Refused, WrongAudience, WrongType
from torhaus_sdk.revocations import REVOCATIONS_TYPE, revocation_claims, revoked_ids
from torhaus_sdk.tokens import parse_token

URL = "/.well-known/torhaus-revocations"


@pytest.fixture(autouse=True)
def made_anew():
    REVOCATIONS.forget()
    with clock.at(people.NOON):
        yield
    REVOCATIONS.forget()


@pytest.fixture
def vendor(db):
    create_signing_key(by=people.SYSTEM)
    return people.vendor(grace_days=0)


def contract(number="1", **fields):
    made = people.contract(people.customer(number), f"V-{number}", **fields)
    people.booking(made)
    return made


def file_of(of):
    return issue_offline_licence(contract_ref=of.ref, by=people.SYSTEM)


def change(of, **fields):
    with scopes_disabled():
        type(of).objects.filter(pk=of.pk).update(**fields)


def listed(at=people.NOON) -> frozenset[str]:
    REVOCATIONS.forget()
    with clock.at(at):
        answer = Client().get(URL)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/revocations+jwt"
    return revoked_ids(answer.content.decode(), keys=trusted_keys(), now=at, issuer="acme")


def test_R52_a_suspended_contracts_files_are_listed_until_it_goes_on(vendor):
    one, other = contract("1"), contract("2")
    first, second, _foreign = file_of(one), file_of(one), file_of(other)
    assert listed() == frozenset()
    change(one, suspended=True)
    assert listed() == {first.ref, second.ref}
    change(one, suspended=False)
    assert listed() == frozenset()


def test_R52_a_licence_that_ended_early_takes_its_files_with_it_when_its_grace_is_over(vendor):
    one = contract("1", grace_days=3)
    row = file_of(one)
    change(one, cancelled_to=date(2026, 11, 25))
    assert listed(people.NOON + timedelta(days=3)) == frozenset()
    assert listed(people.NOON + timedelta(days=6)) == frozenset()  # the grace runs
    assert listed(people.NOON + timedelta(days=7)) == {row.ref}
    assert listed(row.expires_at) == frozenset()  # it has ended by itself


def test_a_contract_withdrawn_before_it_began_has_no_good_file(vendor):
    one = contract("1")
    row = file_of(one)
    change(one, cancelled_to=date(2026, 3, 1))
    assert listed() == {row.ref}


def test_what_ends_as_the_file_knew_is_not_listed(vendor):
    row = file_of(contract("1", auto_renews=False, ends_on=date(2026, 11, 25)))
    assert row.expires_at <= people.NOON + timedelta(days=4)
    for days in range(6):
        assert listed(people.NOON + timedelta(days=days)) == frozenset()


def test_R52_a_lost_token_takes_the_files_with_it_that_belong_to_it_alone(vendor):
    one = contract("1")
    lost = parse_token(people.token(one)).public_id
    alone = file_of(one)
    with clock.at(people.NOON + timedelta(minutes=1)):
        kept = parse_token(people.token(one, overlap="7d")).public_id
        both = file_of(one)
        assert listed(people.NOON + timedelta(minutes=1)) == frozenset()
        revoke_token(public_id=lost, by=people.SYSTEM)
    assert listed(people.NOON + timedelta(minutes=2)) == {alone.ref}
    with clock.at(people.NOON + timedelta(minutes=3)):
        revoke_token(public_id=kept, by=people.SYSTEM)
    assert listed(people.NOON + timedelta(minutes=4)) == {alone.ref, both.ref}


def test_a_token_replaced_at_once_is_lost_and_one_that_ran_out_is_not(vendor):
    one, other = contract("1"), contract("2")
    for each in (one, other):
        people.token(each)
    lost, rotated = file_of(one), file_of(other)
    with clock.at(people.NOON + timedelta(minutes=1)):
        issue_token(contract_ref=one.ref, prefix="acme", overlap="0", by=people.SYSTEM)
        issue_token(contract_ref=other.ref, prefix="acme", overlap="1h", by=people.SYSTEM)
    assert listed(people.NOON + timedelta(hours=2)) == {lost.ref}
    assert rotated.expires_at > people.NOON + timedelta(hours=2)


def test_files_that_belong_to_no_token_outlive_tokens(vendor):
    one = contract("1")
    file_of(one)
    token = people.token(one)
    revoke_token(public_id=parse_token(token).public_id, by=people.SYSTEM)
    assert listed() == frozenset()


def test_the_list_is_made_once_a_minute_and_cached_by_anybody(vendor):
    one = contract("1")
    row = file_of(one)
    answer = Client().get(URL)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert not answer.cookies
    assert Client().get(URL, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    change(one, suspended=True)
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(URL).content == answer.content
    assert len(queries) == 1  # which revision the vendor has
    with clock.at(people.NOON + timedelta(seconds=60)):
        later = Client().get(URL, headers={"If-None-Match": answer.headers["ETag"]})
        assert later.status_code == 200
        assert revoked_ids(later.content.decode(), keys=trusted_keys(), now=clock.now()) == {row.ref}
    again = people.NOON + timedelta(seconds=90)
    assert listed(again) == {row.ref}
    REVOCATIONS.forget()
    with clock.at(again):
        assert Client().get(URL).content == later.content  # as another process makes it


def test_R51_a_key_that_is_distrusted_signs_no_list_from_then_on(vendor):
    row = file_of(contract("1"))
    leaked = claimed_kid(Client().get(URL).content.decode().strip())
    done = distrust_signing_key(kid=leaked, by=people.SYSTEM)
    text = Client().get(URL).content.decode()
    assert claimed_kid(text.strip()) == done.signs_now != leaked
    assert row.ref not in revoked_ids(text, keys=trusted_keys(), now=people.NOON)


def test_few_queries_whatever_is_listed(vendor):
    def counted():
        REVOCATIONS.forget()
        with CaptureQueriesContext(connection) as queries:
            Client().get(URL)
        return len(queries)

    for number in range(3):
        made = contract(str(number))
        token = parse_token(people.token(made)).public_id
        file_of(made)
        revoke_token(public_id=token, by=people.SYSTEM)
        change(made, cancelled_to=date(2026, 11, 1))
    few = counted()
    for number in range(3, 12):
        made = contract(str(number))
        token = parse_token(people.token(made)).public_id
        file_of(made)
        revoke_token(public_id=token, by=people.SYSTEM)
        change(made, cancelled_to=date(2026, 11, 1), suspended=number % 2 == 0)
    assert counted() == few <= 8
    assert len(listed()) == 12


def test_without_a_key_or_a_vendor_there_is_no_list_now(db):
    assert Client().get(URL).status_code == 503
    people.vendor()
    answer = Client().get(URL)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    create_signing_key(by=people.SYSTEM)
    SigningKey.objects.update(private_key_encrypted="v1.x")
    assert Client().get(URL).status_code == 503


# As the SDK reads it


def test_the_sdk_refuses_lists_that_are_old_foreign_or_forged(vendor):
    signer, keys, now = active_signer(), trusted_keys(), people.NOON

    def made(at=now, typ=REVOCATIONS_TYPE, **claims):
        return sign(revocation_claims("acme", ["b", "a", "b"], at=at) | claims, key=signer.key, kid=signer.kid, typ=typ)

    assert revoked_ids(made(), keys=keys, now=now) == {"a", "b"}
    assert revoked_ids(made() + "\n", keys=keys, now=now + timedelta(days=6, hours=23)) == {"a", "b"}
    with pytest.raises(Expired, match="anew"):
        revoked_ids(made(), keys=keys, now=now + timedelta(days=7, seconds=61))
    with pytest.raises(NotYetValid, match="clock"):
        revoked_ids(made(), keys=keys, now=now - timedelta(seconds=61))
    with pytest.raises(WrongAudience, match="acme"):
        revoked_ids(made(), keys=keys, now=now, issuer="other")
    with pytest.raises(WrongType):
        revoked_ids(made(typ="license+jwt"), keys=keys, now=now)
    for claims in ({"revoked": "a"}, {"revoked": [1]}, {"exp": "x"}, {"iat": True}, {"iss": None}):
        with pytest.raises(Refused):
            revoked_ids(made(**claims), keys=keys, now=now)
    with pytest.raises(Refused):
        revoked_ids("x" * (16 * 2**20 + 1), keys=keys, now=now)


@given(st.integers(0, 400), st.characters(min_codepoint=33, max_codepoint=126))
def test_no_changed_list_is_taken(place, letter):
    text, keys = LIST
    place %= len(text)
    if text[place] == letter:
        return
    with pytest.raises(InvalidStatement):
        revoked_ids(text[:place] + letter + text[place + 1 :], keys=keys, now=people.NOON)


def _list():

    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    claims = revocation_claims("acme", ["a" * 12], at=people.NOON)
    return sign(claims, key=key, kid="k1", typ=REVOCATIONS_TYPE), {"k1": key.public_key()}


LIST = _list()
