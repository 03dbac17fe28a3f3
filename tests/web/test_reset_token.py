"""The customer resets the licence token: told what it means, shown once, old ones end when that was chosen."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.doors import signed_in
from tests.web.visitors import card, words
from torhaus.core import clock
from torhaus.licensing.models import LicenceToken
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact
from torhaus.records.models import Record
from torhaus_sdk.tokens import parse_token

pytestmark = pytest.mark.django_db
URL = "/licence/reset-token/"


def form(client) -> dict[str, str]:
    page = client.get(URL).content.decode()
    return {"overlap": "0", "newest_seen": re.search(r'name="newest_seen"(?: value="(\w*)")?', page)[1] or ""}


def reset(client, **changes):
    return client.post(URL, form(client) | changes)


def token_in(answer) -> str:
    return re.search(r'id="token">([^<]+)<', answer.content.decode())[1]


def opens(text) -> bool:
    return Client().post("/login/", {"token": text}).status_code == 302


def records(deed="reset_token"):
    with scopes_disabled():
        return list(Record.objects.filter(deed=deed).order_by("pk"))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "licenses nothing until it is entered in the product",
                "At once (recommended)",
                "After 7 days",
                "shown once",
            ],
        ),
        (
            "de",
            ["lizenziert nichts, solange es nicht im Produkt eingetragen ist", "Sofort (empfohlen)", "Nach 7 Tagen"],
        ),
    ],
)
def test_B6_the_page_says_what_a_new_token_means_and_changes_nothing(token, language, said):
    client = signed_in(token)
    client.cookies["torhaus_language"] = language
    shown = words(client.get(URL))
    for text in said:
        assert text in shown
    with scopes_disabled():
        assert LicenceToken.objects.count() == 1


def test_R45_now_ends_the_old_one_in_the_next_request_and_this_session_goes_on(token):
    here, other = signed_in(token), signed_in(token)
    answer = reset(here)
    new = token_in(answer)
    assert answer.status_code == 200
    assert other.get("/dashboard/").status_code == 302
    assert not opens(token)
    assert opens(new)
    page = here.get("/licence/")
    assert page.status_code == 200, "this window is signed in with the new one"
    assert f"{'_'.join(new.split('_')[:2])}_… You are signed in with this one" in card(page, "tokens")
    [record] = records()
    assert record.actor_ref == parse_token(token).public_id
    assert record.after["token"] == parse_token(new).public_id
    assert (record.after["ended"], record.after["overlap"]) == (1, "0")


@pytest.mark.parametrize(
    ("overlap", "lasts"), [("1h", timedelta(hours=1)), ("24h", timedelta(days=1)), ("7d", timedelta(days=7))]
)
def test_R45_during_the_overlap_both_work_afterwards_only_the_new(token, overlap, lasts):
    here = signed_in(token)
    new = token_in(reset(here, overlap=overlap))
    assert "Works until its end" in card(here.get("/licence/"), "tokens")
    with clock.shifted(lasts - timedelta(minutes=1)):
        other = signed_in(token)
        assert opens(new)
        assert other.get("/dashboard/").status_code == 200
        with clock.shifted(timedelta(minutes=2)):
            assert other.get("/dashboard/").status_code == 302, "its session ends with the token"
            assert not opens(token)
            assert opens(new)


def test_B7_the_new_token_is_masked_copyable_once_and_kept_nowhere(token, log):
    here = signed_in(token)
    answer = reset(here)
    body, text = answer.content.decode(), token_in(answer)
    assert "no-store" in answer["Cache-Control"]
    assert body.count(text) == 1
    assert body.index("<details") < body.index(text)
    assert 'data-copy="token"' in body
    secret = parse_token(text).secret
    with scopes_disabled():
        stored = str(list(LicenceToken.objects.values()) + list(Mail.objects.values()) + [r.after for r in records()])
    assert secret not in stored + str(dict(here.session)) + log.getvalue()
    assert secret not in here.get("/licence/").content.decode()


def test_B5_two_tabs_at_once_the_second_is_told(token):
    here = signed_in(token)
    data = form(here)
    first = here.post(URL, data)
    second = here.post(URL, data)
    assert second.status_code == 409
    assert "Nothing was replaced now." in words(second)
    assert token_in(first) not in second.content.decode()
    assert len(records()) == 1
    assert opens(token_in(first))
    assert token_in(reset(here)), "a fresh form replaces it"


def test_the_contacts_are_told_how_but_not_the_token(contract, token):
    with scopes_disabled():
        for role, mail, language in (
            ("technical", "t@n.example", "de"),
            ("main", "m@n.example", "en"),
            ("billing", "b@n.example", ""),
        ):
            Contact.objects.create(customer=contract.customer, role=role, name="Jo", mail=mail, language=language)
    new = token_in(reset(signed_in(token), overlap="24h"))
    label = "_".join(token.split("_")[:2])
    with scopes_disabled():
        mails = {mail.recipient: mail for mail in Mail.objects.all()}
    assert set(mails) == {"t@n.example", "m@n.example"}
    assert f"signed in with the token {label}_…" in mails["m@n.example"].text
    assert f"mit dem Token {label}_… angemeldet war" in mails["t@n.example"].text
    assert parse_token(new).secret not in "".join(mail.text + mail.html + mail.subject for mail in mails.values())


@pytest.mark.parametrize("overlap", ["", "1y", "0\x00", "7d, 0", "٣"])
def test_nonsense_replaces_nothing(token, overlap):
    here = signed_in(token)
    answer = reset(here, overlap=overlap)
    assert answer.status_code == 422
    assert "Choose when the token used so far ends." in words(answer)
    assert records() == []
    assert opens(token)


def test_R21_extra_fields_change_nothing(token, contract):
    other = people.contract(contract.customer, "V-2")
    text = token_in(reset(signed_in(token), prefix="evil", contract_ref=other.ref, contract=other.ref, by_token="x"))
    assert text.startswith("acme_")
    with scopes_disabled():
        assert LicenceToken.objects.latest("pk").contract_id == contract.pk


def test_other_contracts_of_the_session_stay_unlocked(token, contract):
    second = people.contract(contract.customer, "V-2")
    here = signed_in(token)
    here.post("/contracts/add/", {"token": people.token(second)})
    reset(here)
    assert here.post("/contracts/switch/", {"contract": contract.ref}).status_code == 302
    assert "V-2026-001" in words(here.get("/licence/"))
