"""Signing keys: encrypted at rest, two active at most, and useless under another secret."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import translation
from django_scopes import scopes_disabled

from tests import people
from torhaus.records.models import Record
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.keys import NoSigningKey, UnreadableKey, active_signer, decrypted, thumbprint, trusted_keys
from torhaus_sdk.jws import InvalidStatement, verify

pytestmark = pytest.mark.django_db


def test_create_signing_key():
    key = create_signing_key(by=people.SYSTEM)
    text = active_signer().sign({"n": 1}, typ="test")
    assert verify(text, keys=trusted_keys(), typ="test") == {"n": 1}
    with scopes_disabled():
        record = Record.objects.get()
    assert (record.deed, record.after) == ("create_signing_key", {"kid": key.kid, "purpose": "licence"})


def test_the_key_id_is_the_thumbprint_of_RFC_8037():
    # RFC 8037, appendix A.3
    assert thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_another_secret_key_is_named_as_the_cause(settings):
    key = create_signing_key(by=people.SYSTEM)
    settings.SECRET_KEY = "another" * 10
    with pytest.raises(
        UnreadableKey, match="Set TORHAUS_SECRET_KEY to the value it had when the key was made"
    ) as error:
        active_signer()
    assert key.kid in str(error.value)
    with translation.override("de"), pytest.raises(UnreadableKey, match="lässt sich mit dem geheimen Schlüssel"):
        active_signer()
    assert trusted_keys(), "what was signed can still be verified"


def test_an_encrypted_key_belongs_to_its_id():
    one, other = create_signing_key(by=people.SYSTEM), create_signing_key(by=people.SYSTEM)
    assert len(decrypted(one.private_key_encrypted, kid=one.kid)) == 32
    with pytest.raises(UnreadableKey):
        decrypted(one.private_key_encrypted, kid=other.kid)
    for text in ("", "v1.", "v1.AAAA", "nonsense", one.private_key_encrypted[:-4] + "AAAA"):
        with pytest.raises(UnreadableKey):
            decrypted(text, kid=one.kid)


def test_without_a_key_it_says_what_to_do():
    with pytest.raises(NoSigningKey, match="Run `torhaus init`"):
        active_signer()


def test_a_foreign_key_is_not_trusted():
    create_signing_key(by=people.SYSTEM)
    signer = active_signer().__class__("foreign", Ed25519PrivateKey.generate())
    with pytest.raises(InvalidStatement):
        verify(signer.sign({}, typ="test"), keys=trusted_keys(), typ="test")
    forged = active_signer().__class__(active_signer().kid, Ed25519PrivateKey.generate())
    with pytest.raises(InvalidStatement):
        verify(forged.sign({}, typ="test"), keys=trusted_keys(), typ="test")
