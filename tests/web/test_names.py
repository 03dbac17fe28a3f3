"""Names of people stand in mails: a new one is entered on one line, and an old one keeps no mail back."""

import re

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.one_person import row_of, signed_in
from tests.doors import signed_in as with_token
from tests.seats import seating
from tests.web.visitors import words
from torhaus.accounts.models import User
from torhaus.core.link_codes import code_of
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact, Membership
from torhaus.seats.models import Seat

pytestmark = pytest.mark.django_db
TWO_LINES = "Jo\r\nBcc: all@x.example"
NEW = "a few words that do not belong"


def test_a_new_persons_name_stands_on_one_line():
    people.vendor()
    contract = people.contract(people.customer(language="en"))
    people.member(contract.customer)
    form = {"name": "Jo", "mail": "jo@nordwind.example", "role": "member"}
    signed_in("owner@nordwind.example").post("/members/invite/", form)
    ref = row_of("jo@nordwind.example").invitation
    client = Client(headers={"accept-language": "en"})
    client.get(f"/invitation/{ref}/{code_of(ref)}/")
    for name in (TWO_LINES, "Jo\u2028Winter", "Jo\x07Winter"):
        answer = client.post("/invitation/", {"name": name, "password": NEW})
        assert answer.status_code == 422
        assert "Enter your name on one line." in words(answer)
    assert not User.objects.get(mail="jo@nordwind.example").has_usable_password()
    assert client.post("/invitation/", {"name": " Jo Winter\n", "password": NEW}).status_code == 302
    assert User.objects.get(mail="jo@nordwind.example").name == "Jo Winter"


def test_whom_one_invites_or_gives_a_seat_is_named_on_one_line():
    contract = seating.contract(full=2)
    people.member(contract.customer)
    client = signed_in("owner@nordwind.example")
    form = {"name": TWO_LINES, "mail": "eva@nordwind.example", "role": "member"}
    answer = client.post("/members/invite/", form)
    assert (answer.status_code, "Enter the name on one line." in words(answer)) == (422, True)
    answer = client.post("/seats/assign/", {"kind": "full", "name": TWO_LINES, "mail": "eva@nordwind.example"})
    assert (answer.status_code, "Enter the name on one line." in words(answer)) == (422, True)
    with scopes_disabled():
        assert Membership.objects.count() == 1
        assert not Seat.objects.exists()


def test_a_name_with_a_line_break_that_is_there_already_keeps_no_mail_back():
    people.vendor()
    contract = people.contract(people.customer(language="en"))
    token = people.token(contract)
    member = people.member(contract.customer, "member").person
    User.objects.filter(pk=member.pk).update(name=TWO_LINES)
    with scopes_disabled():
        Contact.objects.create(customer=contract.customer, name=TWO_LINES, mail="tech@nordwind.example")
    assert "You hear from us by" in words(signed_in(member.mail).post("/account/erasure/", follow=True))
    visitor = with_token(token)
    seen = re.search(r'name="newest_seen"(?: value="(\w*)")?', visitor.get("/licence/reset-token/").content.decode())[1]
    assert visitor.post("/licence/reset-token/", {"overlap": "0", "newest_seen": seen}).status_code == 200
    with scopes_disabled():
        rows = {one.recipient: (one.template, one.recipient_name) for one in Mail.objects.all()}
    assert rows[member.mail] == ("erasure_asked", "")
    assert rows["tech@nordwind.example"] == ("token_issued", "")
