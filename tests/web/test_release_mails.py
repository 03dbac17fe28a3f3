"""Customers subscribe mailboxes to new versions: asked twice, masked, ended from the portal or from the mail."""

import re
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from tests.web.visitors import signed_in, words
from torhaus.core import clock
from torhaus.notices.delivery import deliver
from torhaus.notices.models import Mail
from torhaus.releases import release_mails
from torhaus.releases.models import ReleaseSubscription
from torhaus.releases.tasks import tidy_releases

pytestmark = pytest.mark.django_db
PAGE = "/release-mails/"


@pytest.fixture
def customer(contract):
    return signed_in(contract)


def subscribe(client, mail="jo.doe@acme.example"):
    return client.post(PAGE + "subscribe/", {"mail": mail})


def rows():
    with scopes_disabled():
        return list(ReleaseSubscription.objects.order_by("pk"))


def link(settings):
    """The path of the link in the newest mail, as it is sent."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with scopes_disabled():
        deliver(Mail.objects.latest("pk").pk)
    return re.search(r"http://localhost:8000(/release-mail/\S+/)", outbox.outbox[-1].body)[1]


def confirm(client, path):
    assert client.get(path).url == "/release-mails/confirm/"
    return client.post("/release-mails/confirm/", follow=True)


def test_a_mailbox_hears_only_after_its_owner_has_said_so(customer, contract, settings):
    answer = subscribe(customer)
    assert answer.status_code == 302
    page = words(customer.get(PAGE))
    assert "j•••@acme.example" in page
    assert "Not confirmed yet" in page
    assert "jo.doe" not in page
    [row] = rows()
    assert row.confirmed_at is None
    path = link(settings)
    owner = Client(headers={"accept-language": "en"})
    shown = owner.get(path)
    assert (shown.status_code, shown.url) == (302, "/release-mails/confirm/"), "the code leaves the address at once"
    page = words(owner.get(shown.url))
    assert "Is j•••@acme.example to hear of new versions of Acme?" in page
    assert rows()[0].confirmed_at is None, "looking confirms nothing: scanners follow links"
    done = confirm(owner, path)
    assert "j•••@acme.example hears of every new version" in words(done)
    assert rows()[0].confirmed_at is not None
    assert "Subscribed" in words(customer.get(PAGE))
    confirm(Client(), path)
    assert len(records("confirm_release_subscription")) == 1
    [record] = records("subscribe_to_releases")
    assert record.customer_ref == contract.customer.ref
    assert "jo.doe" not in str(record.after)


def test_the_answer_is_the_same_for_one_who_hears_already_and_no_second_mail_is_sent(customer, settings):
    first = subscribe(customer)
    said = words(customer.get(first.url))
    for mail in ("jo.doe@acme.example", "JO.DOE@acme.example"):
        again = subscribe(customer, mail)
        assert again.status_code == 302
        assert words(customer.get(again.url)).lower() == said.lower()
    confirm(Client(), link(settings))
    subscribe(customer)
    with scopes_disabled():
        assert Mail.objects.filter(template="release_subscription").count() == 1
    assert len(rows()) == 1


def test_links_end_after_48_hours_and_wrong_ones_look_alike(customer, settings):
    subscribe(customer)
    path = link(settings)
    ref, code = path.strip("/").split("/")[1:]
    for wrong in (f"/release-mail/{ref}/{'0' * 40}/", f"/release-mail/{'x' * 12}/{code}/", "/release-mail/é/é/"):
        client = Client()
        assert client.get(wrong, follow=True).status_code == 410, wrong
        assert client.post("/release-mails/confirm/").status_code == 410
    with clock.shifted(timedelta(hours=49)):
        assert Client().get(path, follow=True).status_code == 410
        tidy_releases.call()
    assert rows() == []
    assert Client().get("/release-mails/confirm/").status_code == 410
    assert Client().get("/release-mails/stop/").status_code == 410


def test_who_opened_too_many_wrong_links_is_told_to_wait_and_not_that_the_link_is_over(customer, settings):
    subscribe(customer)
    path, visitor = link(settings), Client()
    for _ in range(settings.OPTIONS.login_attempts):
        assert visitor.get(f"/release-mail/{'x' * 12}/{'0' * 40}/", follow=True).status_code == 410
    answer = visitor.get(path)
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert "Yours is not used up" in words(answer)
    with clock.at(clock.now() + timedelta(hours=1)):
        confirm(visitor, path)
    assert rows()[0].confirmed_at is not None


def test_the_owner_ends_it_by_the_link_of_a_mail(customer, settings):
    subscribe(customer)
    path = link(settings)
    confirm(Client(), path)
    owner = Client(headers={"accept-language": "en"})
    shown = owner.get(path + "end/")
    assert (shown.status_code, shown.url) == (302, "/release-mails/stop/")
    assert "j•••@acme.example then hears" in words(owner.get(shown.url))
    assert rows()[0].ended_at is None
    assert "gets no more of them" in words(owner.post(shown.url))
    assert rows()[0].ended_at is not None
    assert owner.get(path + "end/", follow=True).status_code == 410
    assert "Nobody yet" in words(customer.get(PAGE))
    assert subscribe(customer).status_code == 302, "and may begin anew"
    confirm(Client(), link(settings))
    assert rows()[0].ended_at is None


def test_the_contract_removes_an_address_and_no_other_contract_does(customer, contract, settings):
    subscribe(customer)
    [row] = rows()
    other = signed_in(people.contract(people.customer(number="2"), number="V-2"))
    assert other.post(f"{PAGE}{row.ref}/end/").status_code == 404
    assert "acme.example" not in words(other.get(PAGE))
    assert rows()[0].ended_at is None
    second = signed_in(people.contract(contract.customer, number="V-3"))
    assert second.post(f"{PAGE}{row.ref}/end/").status_code == 404, "another contract of the same customer, too"
    assert customer.post(f"{PAGE}{row.ref}/end/").status_code == 302
    assert customer.post(f"{PAGE}{row.ref}/end/").status_code == 404
    assert len(records("end_release_subscription")) == 1


@pytest.mark.parametrize(
    "mail", ["", "jo", "jo@", "a@b.example\nBcc: c@d.example", "é@x", "x" * 300 + "@a.example", "<script>@a"]
)
def test_what_is_no_address_is_said_at_its_field(customer, mail):
    answer = subscribe(customer, mail)
    assert answer.status_code == 422
    assert 'id="id_mail_error"' in answer.content.decode()
    assert rows() == []


def test_how_many_and_how_often_is_limited(customer, monkeypatch):
    monkeypatch.setattr(release_mails, "MOST_OF_A_CONTRACT", 2)
    for number in range(2):
        assert subscribe(customer, f"{number}@x.example").status_code == 302
    assert subscribe(customer, "3@x.example").status_code == 422
    assert [subscribe(customer, "1@x.example").status_code for _ in range(6)].count(429) == 2
    answers = {subscribe(customer, f"{number}@y.example").status_code for number in range(20)}
    assert 429 in answers


def test_nobody_subscribes_without_being_signed_in_or_with_the_customers_eyes(contract, sign_in_staff):
    assert subscribe(Client()).status_code == 302
    assert rows() == []
    assert subscribe(sign_in_staff).status_code == 403
    page = words(sign_in_staff.get(PAGE))
    assert "nothing can be changed" in page


@pytest.fixture
def sign_in_staff(contract):
    client = Client(headers={"accept-language": "en"})
    user = people.staff()
    client.post("/staff/sign-in/", {"mail": user.mail, "password": people.PASSWORD})
    client.post(f"/staff/contracts/{contract.ref}/view/")
    return client


def test_codes_stand_in_no_log(customer, settings, log):
    subscribe(customer)
    path = link(settings)
    code = path.strip("/").split("/")[-1]
    Client().get(path)
    Client().get(path.replace(code, "f" * 40))
    Client(raise_request_exception=False).post(path)
    assert code not in log.getvalue()
    assert "f" * 40 not in log.getvalue()
    with scopes_disabled():
        assert code not in str(list(Mail.objects.values()))
