"""Whose the licence token is: who may see that there is one, and who may replace it (B9)."""

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.web.visitors import words
from torhaus.licensing.models import LicenceToken
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db
# A whole token opens invoices, too, so that by default nobody gets one who may not see them (docs/roles.md).
REPLACE, SEE, NEITHER = ("owner",), ("administrator", "technical", "auditor"), ("billing", "member")


def enter(customer, role):
    mail = people.member(customer, role).person.mail
    client = Client(headers={"accept-language": "en"})
    assert client.post("/login/person/", {"mail": mail, "password": people.PASSWORD}).status_code == 302
    return client


def tokens():
    with scopes_disabled():
        return list(LicenceToken.objects.order_by("pk").values_list("public_id", "revoked_at"))


@pytest.fixture
def contract():
    people.vendor()
    return people.contract(people.customer())


@pytest.mark.parametrize("role", [*REPLACE, *SEE, *NEITHER])
def test_B9_only_who_is_in_charge_sees_or_replaces_the_token_and_nobody_copies_it_later(contract, role):
    token = people.token(contract)
    before, client = tokens(), enter(contract.customer, role)
    page = client.get("/licence/")
    if role in NEITHER:
        assert page.status_code == 403
        assert before[0][0] not in page.content.decode()
    else:
        assert before[0][0] in words(page)
        assert token.rpartition("_")[2] not in page.content.decode(), "whole it was shown once, when it was issued"
    answer = client.post("/licence/reset-token/", {"overlap": "0", "newest_seen": before[0][0]})
    with scopes_disabled():
        asked = Record.objects.filter(deed="reset_token").count()
    if role in REPLACE:
        assert (answer.status_code, asked) == (200, 1)
        assert tokens() != before
        assert f"acme_{tokens()[-1][0]}_" in answer.content.decode(), "whole, this once"
    else:
        assert (answer.status_code, asked) == (403, 0)
        assert tokens() == before
