"""Fingerprints are kept as keyed hashes, and compared as such."""

import json

import pytest
from django_scopes import scopes_disabled

from tests.licensing import places
from torhaus.licensing.fingerprints import digest_of, hashed_parts
from torhaus.licensing.models import Installation

RAW = {"machine": "4c4c4544-0042-3510-8052-b4c04f4d3532", "mac": "52:54:00:12:34:56"}


def test_a_hash_tells_its_part_apart_and_nothing_else():
    hashed = hashed_parts(RAW)
    assert sorted(hashed) == sorted(RAW)
    assert all(len(value) == 32 and int(value, 16) for value in hashed.values())
    assert hashed == hashed_parts(dict(reversed(RAW.items())))
    same_value = hashed_parts({"machine": "x", "board": "x"})
    assert same_value["machine"] != same_value["board"]


def test_another_vendor_has_other_hashes(settings):
    ours = hashed_parts(RAW)
    settings.SECRET_KEY = "another-vendor-" + "0123456789" * 5
    assert not set(ours.values()) & set(hashed_parts(RAW).values())


def test_the_digest_is_that_of_all_parts_in_any_order():
    one = {"a": "1", "b": "2"}
    assert digest_of(one) == digest_of({"b": "2", "a": "1"})
    assert len({digest_of(one), digest_of({"a": "1"}), digest_of({"a": "2", "b": "1"}), digest_of({})}) == 4
    assert len(digest_of(one)) == 64


@pytest.mark.django_db
def test_nothing_of_a_machine_is_stored_as_it_was_said():
    of = places.contract()
    places.activate(of, parts=RAW)
    with scopes_disabled():
        stored = json.dumps(list(Installation.objects.values()), default=str)
    assert not [value for value in RAW.values() if value in stored]
