"""Key sets: what is written is read, other kinds of keys are passed over, and what is dangerous is refused."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sdk.licences import KEYS, KID
from torhaus_sdk.jwks import InvalidKeySet, jwks, keys_from_jwks

seeds = st.binary(min_size=32, max_size=32)


def raw(keys) -> dict[str, bytes]:
    return {kid: key.public_bytes_raw() for kid, key in keys.items()}


@settings(deadline=None)
@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9), seeds, max_size=4))
def test_what_is_written_is_read(seeds_by_kid):
    keys = {kid: Ed25519PrivateKey.from_private_bytes(seed).public_key() for kid, seed in seeds_by_kid.items()}
    assert raw(keys_from_jwks(jwks(keys))) == raw(keys)
    assert raw(keys_from_jwks(jwks(keys).encode())) == raw(keys)


def changed(**members) -> str:
    """The key set of the tests, its one key changed; a member given as ... is left out."""
    key = json.loads(jwks(KEYS))["keys"][0] | members
    return json.dumps({"keys": [{name: value for name, value in key.items() if value is not ...}]})


@pytest.mark.parametrize(
    "members",
    [
        {"kty": "EC", "crv": "P-256"},
        {"kty": "unheard"},
        {"kty": ["OKP"]},
        {"crv": "X25519"},
        {"crv": "Ed448"},
        {"use": "enc"},
        {"key_ops": ["deriveBits"]},
        {"key_ops": "verify"},
        {"alg": "ES256"},
        {"alg": {}},
    ],
)
def test_keys_for_something_else_are_skipped(members):
    assert keys_from_jwks(changed(**members)) == {}


@pytest.mark.parametrize(
    "members", [{"use": ...}, {"alg": ...}, {"alg": "Ed25519"}, {"key_ops": ["verify"]}, {"x5u": ""}]
)
def test_members_that_may_differ(members):
    assert list(keys_from_jwks(changed(**members))) == [KID]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (changed(d="AAAA"), "private key"),
        (changed(kty="RSA", p="AAAA"), "private key"),
        (changed(kty="oct", k="AAAA"), "private key"),
        (changed(kid=...), "no key id"),
        (changed(kid=""), "no key id"),
        (changed(kid=7), "no key id"),
        (changed(x=...), "not an Ed25519 key of 32 bytes"),
        (changed(x="AAAA"), "not an Ed25519 key of 32 bytes"),
        (changed(x="+" * 43), "not an Ed25519 key of 32 bytes"),
        (changed(x=["A"]), "not an Ed25519 key of 32 bytes"),
        (json.dumps({"keys": json.loads(jwks(KEYS))["keys"] * 2}), "stands twice"),
        ("", "not JSON"),
        (b"\xff", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ('{"keys": [], "keys": []}', "stands twice"),
        ("\ufeff" + jwks(KEYS), "not JSON"),
        ("\ud800", "not JSON"),
        ("{}", 'the list "keys"'),
        ('{"keys": {}}', 'the list "keys"'),
        ('{"keys": [1]}', 'the list "keys"'),
    ],
)
def test_what_cannot_be_relied_on_is_refused(text, said):
    with pytest.raises(InvalidKeySet, match=said):
        keys_from_jwks(text)


@settings(deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_nonsense_is_refused(text):
    with pytest.raises(InvalidKeySet):
        keys_from_jwks(text)
