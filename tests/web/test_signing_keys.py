"""The published keys at /.well-known/jwks.json: for anybody, briefly cached, and never a private half."""

import json

import pytest

from tests import people
from tests.sdk.licences import NOW, licence
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.distrust_signing_key import distrust_signing_key
from torhaus.vendor.keys import active_signer
from torhaus.vendor.models import KeyPurpose
from torhaus.vendor.rotate_signing_key import rotate_signing_key
from torhaus_sdk.armour import armour
from torhaus_sdk.jwks import keys_from_jwks
from torhaus_sdk.licence import sign_licence, verify_licence

pytestmark = pytest.mark.django_db
PATH = "/.well-known/jwks.json"


def kids(client) -> list[str]:
    return list(keys_from_jwks(client.get(PATH).content))


def test_signing_keys_lists_active_and_retired_licence_keys(client):
    made = [create_signing_key(by=people.SYSTEM).kid for _ in range(3)]
    create_signing_key(by=people.SYSTEM, purpose=KeyPurpose.RELEASE)
    coming = rotate_signing_key(purpose=KeyPurpose.LICENCE, publish_days=30, by=people.SYSTEM).key.kid
    assert kids(client) == [*made, coming]
    distrust_signing_key(kid=made[0], by=people.SYSTEM)
    assert kids(client) == [*made[1:], coming]


def test_its_form_is_RFC_7517(client):
    key = create_signing_key(by=people.SYSTEM)
    answer = client.get(PATH)
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert json.loads(answer.content) == {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid, "x": key.public_key},
        ]
    }
    assert not answer.cookies


def test_it_is_cached_briefly_and_asked_for_by_etag(client):
    create_signing_key(by=people.SYSTEM)
    answer = client.get(PATH)
    assert answer["Cache-Control"] == "public, max-age=300"
    same = client.get(PATH, headers={"If-None-Match": answer["ETag"]})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", answer["ETag"])
    assert same["Cache-Control"] == "public, max-age=300"
    create_signing_key(by=people.SYSTEM)
    assert client.get(PATH, headers={"If-None-Match": answer["ETag"]}).status_code == 200
    assert client.head(PATH).content == b""
    assert client.post(PATH).status_code == 405


def test_an_installation_without_keys_has_an_empty_set(client):
    assert client.get(PATH).json() == {"keys": []}


def test_R51_a_product_with_the_published_keys_verifies_old_and_new_files(client):
    files = []
    for _ in range(4):
        rotate_signing_key(purpose=KeyPurpose.LICENCE, publish_days=0, by=people.SYSTEM)
        signer = active_signer()
        files.append(armour(sign_licence(licence(), key=signer.key, kid=signer.kid)))
        keys = keys_from_jwks(client.get(PATH).content)
        for file in files:
            assert verify_licence(file, keys=keys, audience="acme", now=NOW) == licence()
