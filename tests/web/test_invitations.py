"""Invitations by staff: of several at once one counts, none goes to a closed account, and no mailbox is flooded."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.web.test_people import MAIL, NEW, follow, invite, links, records, the_membership
from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.notices.models import Mail
from torhaus.organisations.models import Membership

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contract(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "torhaus.core.mail.EmlBackend"
    people.vendor()
    return people.contract(people.customer(language="en"))


def invite_alone(customer, mail) -> int:
    client = staff_client(User.objects.get(staff_role="sales"))
    return client.post(f"/staff/customers/{customer.ref}/owner/", {"name": "Jo", "mail": mail}).status_code


def test_two_invitations_at_once_leave_one_owner(contract):
    people.staff("sales")

    def one(mail):
        try:
            return invite_alone(contract.customer, mail)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as crowd:
        codes = list(crowd.map(one, ("a@nordwind.example", "b@nordwind.example")))
    assert codes == [302, 302]
    assert the_membership().state == "initiated"


def test_an_owner_who_comes_in_at_that_moment_is_not_replaced(contract, tmp_path):
    people.staff("sales")
    invite(contract.customer)
    link = follow(links(tmp_path, "invitation")[0])

    def one(act):
        try:
            return act()
        finally:
            connection.close()

    acts = [
        lambda: link.post("/invitation/", {"name": "Jo", "password": NEW}).status_code,
        lambda: invite_alone(contract.customer, "other@nordwind.example"),
    ]
    with ThreadPoolExecutor(2) as crowd:
        came, _invited = crowd.map(one, acts)
    row = the_membership()
    assert (came, row.person.mail, row.state) in [
        (302, MAIL, "active"), (410, "other@nordwind.example", "initiated")
    ], "whoever was first"  # fmt: skip
    assert len(records("accept_invitation")) == (came == 302)


def test_a_closed_account_is_sent_no_invitation(contract):
    row = people.member(contract.customer, "owner", mail="x@x.example", state="initiated", invitation="a" * 12)
    User.objects.filter(pk=row.person_id).update(is_active=False)
    assert invite(contract.customer, mail="x@x.example").status_code == 422
    assert the_membership().invitation == "a" * 12, "as it was"
    with scopes_disabled():
        assert not Mail.objects.exists()


def test_a_mailbox_gets_few_invitations_whoever_sends_them(contract):
    customers = [contract.customer, *(people.customer(number=f"3{n}", name=f"Kunde {n}") for n in range(3))]
    told = [invite(customer).status_code for customer in customers]
    assert told == [302, 302, 302, 422]
    with scopes_disabled():
        assert Mail.objects.filter(recipient=MAIL).count() == 3
        assert Membership.objects.count() == 3
        Mail.objects.update(written_at=clock.now() - timedelta(hours=1))
    assert invite(customers[3]).status_code == 302
    with scopes_disabled():
        for _ in range(6):
            Mail.objects.filter(pk=Mail.objects.latest("pk").pk).update(written_at=clock.now() - timedelta(hours=2))
            assert invite(contract.customer).status_code == 302
        Mail.objects.update(written_at=clock.now() - timedelta(hours=2))
    assert invite(contract.customer).status_code == 422, "ten a day"
