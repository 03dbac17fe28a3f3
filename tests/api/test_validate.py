"""``POST /api/v1/validate``: one question, one signed answer."""

import pytest

from tests import people
from tests.api.asking import ask_hot, ask_ordinary
from torhaus.core import clock
from torhaus.frame import rates
from torhaus.licensing.signing import ISSUER
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.keys import trusted_keys
from torhaus_sdk.answers import ANSWER_TYPE
from torhaus_sdk.jws import verify

URL = "/api/v1/validate"


@pytest.fixture(autouse=True)
def stopped_clock():
    rates.PER_TOKEN.forget()
    rates.PER_ADDRESS.forget()
    ISSUER.forget()
    with clock.at(people.NOON):
        yield


@pytest.fixture
def contract(db):
    people.vendor()
    create_signing_key(by=people.SYSTEM)
    made = people.contract(people.customer())
    people.booking(made)
    return made


@pytest.fixture
def token(contract):
    return people.token(contract)


@pytest.mark.parametrize("ask", [ask_hot, ask_ordinary], ids=["hot", "ordinary"])
def test_a_valid_licence(contract, token, ask):
    answer = ask(URL, token, {"nonce": "n-1"})
    assert answer.status_code == 200
    said = answer.json()
    assert (said["valid"], said["code"], said["access"]) == (True, "valid", "full")
    signed = said.pop("signed")
    assert verify(signed, keys=trusted_keys(), typ=ANSWER_TYPE) == said
    print(answer.content.decode())
