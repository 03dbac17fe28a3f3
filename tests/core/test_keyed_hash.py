"""The keyed hash is HMAC-SHA-256, whatever key and message."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.core.keyed_hash import KeyedHash, derived_hash


@given(st.binary(max_size=64), st.binary(max_size=300))
def test_it_is_what_the_standard_library_gives(key, message):
    assert KeyedHash(key).hex(message) == hmac.digest(key, message, "sha256").hex()


def test_a_hash_is_used_again_and_keys_differ_by_purpose():
    one, other = derived_hash("secret", b"one"), derived_hash("secret", b"other")
    assert derived_hash("secret", b"one") is one
    assert one.hex(b"x") == one.hex(b"x") != other.hex(b"x")
    assert one.hex(b"x") == hmac.digest(hmac.digest(b"secret", b"one", "sha256"), b"x", "sha256").hex()


def test_longer_keys_are_refused():
    with pytest.raises(ValueError, match="at most 64"):
        KeyedHash(b"k" * 65)
