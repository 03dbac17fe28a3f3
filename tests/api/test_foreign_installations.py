"""R72: an installation of somebody else's is one that nobody has, and stays as it is."""

import pytest
from django.forms.models import model_to_dict
from django_scopes import scopes_disabled

from tests import people
from tests.api.asking import ask, both
from tests.api.program import ask as ask_api
from tests.api.program import fine
from torhaus.core.random import new_ref
from torhaus.licensing.models import ContractPolicy, Installation, InstallationDay, Lease, Licence
from torhaus.licensing.seen import SEEN

MACHINE = {"machine": "0c1f6ab5", "board": "77d0e2c4"}
pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture(params=["another customer", "the same customer"])
def foreign(request, contract):
    """An installation of another contract, with the same machine, that was activated and holds its place."""
    whose = contract.customer if request.param == "the same customer" else people.customer("666", "Südwind AG")
    theirs = people.contract(whose, "V-666")
    people.booking(theirs)
    with scopes_disabled():
        for one in (contract, theirs):
            ContractPolicy.objects.create(contract=one, model="floating", max_leases=5)
    token = people.token(theirs)
    said = fine(ask_api(token, "activate", {"fingerprint": MACHINE, "name": "Geheimlager"}), 201)
    body = {"installation": said["installation"]["ref"], "fingerprint": MACHINE}
    assert ask("/api/v1/heartbeat", token, body).json()["code"] == "valid"
    return said["installation"]["ref"]


def rows() -> list[dict]:
    """All that is kept of installations, their days and leases, and how many places are taken."""
    SEEN.write()
    with scopes_disabled():
        found = [model_to_dict(one) for kept in (Installation, InstallationDay, Lease) for one in kept.objects.all()]
        return [*found, *Licence.objects.order_by("pk").values("pk", "installations", "leases", "used")]


@both
@pytest.mark.parametrize("url", ["/api/v1/validate", "/api/v1/heartbeat"])
def test_R72_an_installation_of_others_is_as_unknown_as_one_that_nobody_has(contract, token, foreign, way, url):
    sent = {"fingerprint": MACHINE, "version": "35", "environment": "production", "nonce": "n"}
    assert way(url, token, sent | {"installation": new_ref()}).status_code == 200  # what is kept of the own licence
    before = rows()
    assert any(row.get("name") == "Geheimlager" for row in before)
    theirs, nobodys = (way(url, token, sent | {"installation": ref}) for ref in (foreign, new_ref()))
    assert theirs.content == nobodys.content
    said = theirs.json()
    assert (said["valid"], said["code"], said["access"]) == (False, "installation_unknown", "none")
    assert said["installation"] is None
    assert said["licence"]["contract"] == contract.number
    assert (said["limits"]["installations"]["used"], said["limits"]["leases"]["used"]) == (0, 0)
    for secret in ("Geheimlager", "V-666", "Südwind", foreign):
        assert secret not in theirs.content.decode()
        assert secret not in str(theirs.payload)
    assert rows() == before
