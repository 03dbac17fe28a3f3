"""One request id links the answer, the log, the record, and its place in the chain."""

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from torhaus.records.actions import seal_records
from torhaus.records.chain import check_chain
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db


def sign_in(token, **headers):
    return Client().post("/login/", {"token": token}, headers=headers)


def last_record():
    with scopes_disabled():
        return Record.objects.order_by("-pk").first()


def test_R84_a_deed_records_the_id_of_its_request():
    people.vendor()
    token = people.token(people.contract(people.customer()))
    answer = sign_in(token, **{"X-Request-ID": "1234567890abcdef"})
    record = last_record()
    assert answer["X-Request-ID"] == "1234567890abcdef"
    assert (record.deed, record.request_id) == ("sign_in_with_token", "1234567890abcdef")
    answer = sign_in(token)
    assert last_record().request_id == answer["X-Request-ID"] != "1234567890abcdef"


def test_R42_a_forged_id_or_agent_adds_nothing_to_the_records():
    people.vendor()
    token = people.token(people.contract(people.customer()))
    with scopes_disabled():
        before = Record.objects.count()
    answer = sign_in(token, **{"X-Request-ID": 'abcdefgh\n{"deed": "forged"}', "User-Agent": "x\r\ny"})
    with scopes_disabled():
        assert Record.objects.count() == before + 1
    assert last_record().request_id == answer["X-Request-ID"]
    assert last_record().request_id.isalnum()
    assert last_record().at.utcoffset().total_seconds() == 0
    seal_records()
    assert check_chain(keys={}).intact
