"""``POST /api/v1/activate`` and ``/deactivate``, as a product asks."""

import json

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine, licensed, problem
from torhaus.catalogue.models import Product
from torhaus.licensing.models import ContractPolicy, Installation, Lease
from torhaus.records.models import Record
from torhaus.vendor.keys import trusted_keys
from torhaus.vendor.models import SigningKey
from torhaus_sdk.answers import ANSWER_TYPE
from torhaus_sdk.jws import verify

pytestmark = pytest.mark.usefixtures("stopped_clock")

MACHINE = {"machine": "0c1f6ab5", "board": "77d0e2c4"}


@pytest.fixture
def contract(db):
    return licensed()


@pytest.fixture
def token(contract):
    return people.token(contract)


def policy(contract, **fields):
    with scopes_disabled():
        ContractPolicy.objects.update_or_create(contract=contract, defaults=fields)
        contract.revision += 1
        contract.save(update_fields=["revision"])


def rows():
    with scopes_disabled():
        return list(Installation.objects.order_by("pk"))


def records(deed):
    with scopes_disabled():
        return Record.objects.filter(deed=deed).count()


def test_a_machine_is_registered_once_and_hears_that_it_may_run(contract, token):
    body = {"fingerprint": MACHINE, "name": "Lager Köln", "version": "34.1", "environment": "production", "nonce": "n1"}
    said = fine(ask(token, "activate", body), 201)
    [row] = rows()
    assert said["installation"] == {
        "ref": row.ref,
        "name": "Lager Köln",
        "version": "34.1",
        "environment": "production",
        "counts": True,
        "activated_at": "2026-11-22T11:00:00Z",
    }
    assert "0c1f6ab5" not in json.dumps(row.parts)
    answer = said["answer"]
    assert (answer["valid"], answer["code"], answer["nonce"]) == (True, "valid", "n1")
    assert answer["installation"]["ref"] == row.ref
    signed = verify(answer.pop("signed"), keys=trusted_keys(), typ=ANSWER_TYPE)
    assert signed == answer
    again = fine(ask(token, "activate", body), 200)
    assert again["installation"] == said["installation"]
    assert (len(rows()), records("activate_installation")) == (1, 1)


def test_a_plain_text_is_a_fingerprint_of_one_part(contract, token):
    fine(ask(token, "activate", {"fingerprint": "host-1"}), 201)
    fine(ask(token, "activate", {"fingerprint": {"id": "host-1"}}), 200)
    assert [sorted(row.parts) for row in rows()] == [["id"]]


def test_the_last_place_is_given_once_and_comes_back_with_deactivate(contract, token):
    policy(contract, model="node_locked", max_installations=1)
    first = fine(ask(token, "activate", {"fingerprint": "a"}), 201)["installation"]["ref"]
    refused = problem(ask(token, "activate", {"fingerprint": "b"}), 409, "too_many_installations")
    assert "deactivate" in refused["detail"]
    done = fine(ask(token, "deactivate", {"installation": first}))
    assert done == {"installation": first, "deactivated": True}
    assert fine(ask(token, "deactivate", {"installation": first})) == done
    fine(ask(token, "activate", {"fingerprint": "b"}), 201)
    assert records("deactivate_installation") == 1


def test_with_keep_only_the_lease_is_given_back(contract, token):
    policy(contract, model="floating", max_leases=1)
    ref = fine(ask(token, "activate", {"fingerprint": "a"}), 201)["installation"]["ref"]
    with scopes_disabled():
        assert Lease.objects.count() == 1
    said = fine(ask(token, "deactivate", {"installation": ref, "keep": True}))
    assert said == {"installation": ref, "deactivated": False}
    with scopes_disabled():
        assert Lease.objects.count() == 0
    assert rows()[0].removed_at is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"suspended": True}, "licence_suspended"),
        ({"starts_on": "2027-01-01", "ends_on": "2027-12-31"}, "licence_not_started"),
        ({"starts_on": "2025-01-01", "ends_on": "2025-12-31", "auto_renews": False}, "licence_ended"),
    ],
)
def test_a_contract_that_does_not_run_gives_no_place(db, fields, code):
    token = people.token(licensed(**fields))
    german = problem(ask(token, "activate", {"fingerprint": "a"}, **{"Accept-Language": "de"}), 409, code)
    english = problem(ask(token, "activate", {"fingerprint": "a"}, **{"Accept-Language": "en"}), 409, code)
    assert german["title"] != english["title"]
    assert rows() == []


def test_what_is_not_booked_or_not_allowed_gives_no_place(contract, token):
    Product.objects.create(key="other", name={"": "Other"})
    for key in ("other", "nothing"):
        problem(ask(token, "activate", {"fingerprint": "a", "product": key}), 404, "product_not_licensed")
    policy(contract, environments=["production"], minimum_version="30")
    body = {"fingerprint": "a", "environment": "test", "version": "34"}
    problem(ask(token, "activate", body), 409, "environment_not_allowed")
    body |= {"environment": "production", "version": "29"}
    problem(ask(token, "activate", body), 409, "version_not_allowed")
    policy(contract, environments=[], minimum_version="", checksums=["a" * 64])
    problem(ask(token, "activate", {"fingerprint": "a"}), 409, "checksum_mismatch")
    problem(ask(token, "activate", {"fingerprint": "a", "checksum": "b" * 64}), 409, "checksum_mismatch")
    problem(ask(token, "activate", {"fingerprint": "a", "checksum": "a" * 64, "edition": "x"}), 409, "edition_mismatch")
    assert rows() == []
    people.customer("2")
    empty = people.contract(people.customer("3"), "V-3")
    problem(ask(people.token(empty), "activate", {"fingerprint": "a"}), 409, "nothing_booked")
    assert rows() == []


def test_without_a_key_that_signs_nothing_is_registered(contract, token):
    SigningKey.objects.all().delete()
    answer = ask(token, "activate", {"fingerprint": "a"})
    problem(answer, 503, "cannot_sign")
    assert answer.headers["Retry-After"]
    assert rows() == []


def test_R70_another_customers_installation_is_not_there(contract, token):
    ref = fine(ask(token, "activate", {"fingerprint": "a"}), 201)["installation"]["ref"]
    stranger = people.token(licensed("666"))
    for body in ({"installation": ref}, {"installation": ref, "keep": True}):
        problem(ask(stranger, "deactivate", body), 404, "installation_unknown")
    body = {"installation": ref, "readings": [{"id": "1", "meter": people.meter().key, "quantity": 1}]}
    problem(ask(stranger, "usage", body), 404, "installation_unknown")
    assert rows()[0].removed_at is None


def test_R21_members_that_are_not_theirs_to_set_change_nothing(contract, token):
    other = licensed("666")
    body = {
        "fingerprint": "a", "contract": other.ref, "contract_ref": other.ref, "customer": other.customer.ref,
        "role": "administrator", "price": 0, "seats": 999, "counts": False, "ref": "X" * 12, "licence": "x",
        "max_installations": 10**9, "activated_at": "2001-01-01T00:00:00Z", "valid": True, "by": "staff",
    }  # fmt: skip
    said = fine(ask(token, "activate", body), 201)
    [row] = rows()
    assert row.ref != "X" * 12
    assert row.counts
    with scopes_disabled():
        assert row.licence.contract == contract
    assert said["answer"]["licence"]["contract"] == contract.number
    assert said["installation"]["activated_at"] == "2026-11-22T11:00:00Z"


# Bodies that cannot be


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/fingerprint"),
        ({"fingerprint": None}, "/fingerprint"),
        ({"fingerprint": 5}, "/fingerprint"),
        ({"fingerprint": {}}, "/fingerprint"),
        ({"fingerprint": ""}, "/fingerprint"),
        ({"fingerprint": "a\x00b"}, "/fingerprint"),
        ({"fingerprint": {"a": "\x00"}}, "/fingerprint/a"),
        ({"fingerprint": {"A b": "x"}}, "/fingerprint/A b"),
        ({"fingerprint": {"a/b~c": "x"}}, "/fingerprint/a~1b~0c"),
        ({"fingerprint": {str(n): "x" for n in range(17)}}, "/fingerprint"),
        ({"fingerprint": "x" * 10_001}, "/fingerprint"),
        ({"fingerprint": "a", "name": "x" * 10_001}, "/name"),
        ({"fingerprint": "a", "environment": "moon"}, "/environment"),
        ({"fingerprint": "a", "released_on": "2026-02-30"}, "/released_on"),
        ({"fingerprint": "a", "require": ["x"] * 101}, "/require"),
        ({"fingerprint": "a", "require": [5]}, "/require/0"),
        ({"fingerprint": "a", "version": True}, "/version"),
    ],
)
def test_members_of_the_wrong_kind_are_pointed_at(contract, token, body, pointer):
    for language in ("en", "de"):
        said = problem(ask(token, "activate", body, **{"Accept-Language": language}), 422, "invalid_body")
        assert [one["pointer"] for one in said["errors"]] == [pointer]
        assert all(one["detail"] for one in said["errors"])
    assert rows() == []


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b"[]", 400, "invalid_json"),
        (b'"a"', 400, "invalid_json"),
        (b"null", 400, "invalid_json"),
        (b'{"fingerprint": "a", "fingerprint": "b"}', 400, "invalid_json"),
        (b'{"fingerprint": "a", "x": NaN}', 400, "invalid_json"),
        (b'{"fingerprint": "a", "x": Infinity}', 400, "invalid_json"),
        (b'{"fingerprint": "\\ud800"}', 400, "invalid_json"),
        ('{"fingerprint": "ä"}'.encode("latin-1"), 400, "invalid_json"),
        (b'{"fingerprint": ' + b"[" * 16_000, 400, "invalid_json"),
        (b'{"fingerprint": ' + b"[" * 8_000 + b"]" * 8_000 + b"}", 400, "invalid_json"),
        (b'{"x": ' + b"9" * 9_000 + b"}", 400, "invalid_json"),
        (b'{"fingerprint": "' + b"a" * 16_384 + b'"}', 413, "body_too_large"),
        (b"", 422, "invalid_body"),
    ],
)
def test_what_is_no_json_object_is_refused(contract, token, raw, status, code):
    problem(ask(token, "activate", raw=raw, method="POST"), status, code)
    assert rows() == []


def test_other_kinds_of_bodies_are_refused(contract, token):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        answer = ask(token, "activate", {"fingerprint": "a"}, Content_Type=kind)
        problem(answer, 415, "unsupported_media_type")
        assert answer.headers["Accept"] == "application/json"
    fine(ask(token, "activate", {"fingerprint": "a"}, Content_Type="application/json; charset=utf-8"), 201)


def test_a_body_in_chunks_is_refused_and_not_taken_for_none(contract, token):
    for name, body in (("activate", {"fingerprint": "a"}), ("validate", {}), ("offline-licence", {"newest_seen": 9})):
        problem(ask(token, name, body, **{"Transfer-Encoding": "chunked"}), 411, "length_required")
    assert rows() == []


def test_other_methods_are_refused(contract, token):
    for name in ("activate", "deactivate", "usage", "offline-licence"):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            answer = ask(token, name, method=method)
            problem(answer, 405, "method_not_allowed")
            assert answer.headers["Allow"] == "POST"


def test_odd_texts_are_kept_as_they_are(contract, token):
    for name in ("é", "<script>alert(1)</script>", "x" * 120, "日本", "a'--"):
        said = fine(ask(token, "activate", {"fingerprint": name[:100], "name": name}), 201)
        assert said["installation"]["name"] == name
    said = fine(ask(token, "activate", {"fingerprint": "turned", "name": "\u202eabc"}), 201)
    assert said["installation"]["name"] == "abc"
