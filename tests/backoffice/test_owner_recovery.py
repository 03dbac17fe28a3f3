"""An owner who is gone: one of the staff proposes a successor, a second one confirms, and nobody does both (B90)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.web.test_members import MEMBER, OWNER, inside, row_of
from tests.web.test_people import change, records
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.frame.rights import STAFF_ROLES
from torhaus.journeys.recover_owner import ROLES
from torhaus.journeys.tasks import forget_old_recoveries
from torhaus.notices.models import Mail
from torhaus.organisations.models import CompanySecurity, Contact, Membership, OwnerRecovery, OwnershipOffer

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "Left the company; the board asked by letter and was called back."


@pytest.fixture
def customer():
    people.vendor()
    made = people.contract(people.customer(language="en")).customer
    with scopes_disabled():
        Contact.objects.create(customer=made, name="Mara", mail="main@nordwind.example", language="de")
    return made


@pytest.fixture
def staffed(customer):
    return {role: people.member(customer, role) for role in ("owner", "member")}


@pytest.fixture
def staff():
    found = {role: people.staff(role) for role in ("administrator", "sales", "support")}
    return found | {"second": people.staff("sales", "second@acme.example")}


def at(user):
    client = staff_client(user)
    client.cookies["torhaus_language"] = "en"
    return client


def propose(client, customer, **said):
    return client.post(f"/staff/customers/{customer.ref}/owner/recover/", {"reason": REASON} | said, follow=True)


def decide(client, customer, what="confirm", ref=""):
    return client.post(f"/staff/customers/{customer.ref}/owner/recover/{ref or open_one().ref}/{what}/", follow=True)


def open_one() -> OwnerRecovery:
    with scopes_disabled():
        return OwnerRecovery.objects.get()


def roles() -> dict[str, tuple[str, str]]:
    with scopes_disabled():
        return {row.person.mail: (row.role, row.state) for row in Membership.objects.select_related("person")}


def test_B90_two_of_the_staff_give_the_account_to_another(customer, staffed, staff):
    owner = inside(OWNER)
    with scopes_disabled():
        OwnershipOffer.objects.create(
            customer=customer, successor=staffed["member"], offered_at=clock.now(), ends_at=people.NOON
        )
    sales, admin = at(staff["sales"]), at(staff["administrator"])
    assert "Owner gone?" in words(sales.get(f"/staff/customers/{customer.ref}/"))
    assert "waits for a colleague" in words(propose(sales, customer, member=staffed["member"].ref))
    assert roles()[OWNER] == ("owner", "active"), "nothing changed yet"
    assert "1 account waits for a second person" in words(admin.get("/staff/"))
    assert "No account waits for a second person" in words(sales.get("/staff/")), "not for who proposed it"
    assert customer.name in words(admin.get("/staff/owners-to-recover/"))
    page = words(admin.get(f"/staff/customers/{customer.ref}/owner/recover/"))
    assert REASON in page
    assert "Jo Member is the owner of" in words(decide(admin, customer))
    assert roles() == {OWNER: ("administrator", "deactivated"), MEMBER: ("owner", "active")}
    assert owner.get("/dashboard/").status_code == 302, "signed out"
    assert inside(MEMBER).get("/invoices/").status_code == 200
    with scopes_disabled():
        sent = {mail.recipient: mail for mail in Mail.objects.filter(template="owner_recovered")}
        assert not OwnershipOffer.objects.exists(), "what the former owner offered is over"
    assert set(sent) == {OWNER, MEMBER, "main@nordwind.example"}
    assert "Your access is deactivated" in sent[OWNER].text
    assert "made you the owner" in sent[MEMBER].text
    assert (
        sent["main@nordwind.example"].subject
        == "Das Konto von Nordwind Logistik GmbH hat einen anderen Inhaber bekommen"
    )
    [one] = records("confirm_owner_recovery")
    assert (one.actor_ref, one.after["proposed_by"]) == (staff["administrator"].ref, staff["sales"].ref)
    assert (one.before["role"], one.after["former"]) == ("member", staffed["owner"].ref)
    assert len(records("propose_owner_recovery")) == 1


def test_nobody_confirms_what_they_proposed_and_one_of_the_two_is_an_administrator(customer, staffed, staff):
    sales = at(staff["sales"])
    propose(sales, customer, member=staffed["member"].ref)
    ref = open_one().ref
    assert "You proposed it yourself" in words(decide(sales, customer))
    assert "You proposed it yourself" in words(decide(at(staff["sales"]), customer)), "in another browser neither"
    assert "has to be an administrator" in words(decide(at(staff["second"]), customer))
    assert decide(at(staff["support"]), customer, ref=ref).status_code == 403
    assert inside(OWNER).post(f"/staff/customers/{customer.ref}/owner/recover/{ref}/confirm/").status_code == 302
    staff["sales"].is_active = False
    staff["sales"].save()
    assert "may not do so any more" in words(decide(at(staff["administrator"]), customer))
    assert roles()[OWNER] == ("owner", "active")
    assert records("confirm_owner_recovery") == []
    holders = {role for role, rights in STAFF_ROLES.items() if "recover_owner" in rights}
    assert holders == {str(role) for role in ROLES}, "the deed knows the roles that the matrix gives the right"


def test_a_proposal_ends_is_withdrawn_and_is_never_exchanged(customer, staffed, staff):
    sales, admin = at(staff["sales"]), at(staff["administrator"])
    propose(sales, customer, member=staffed["member"].ref)
    first = open_one().ref
    assert "proposed already" in words(propose(sales, customer, name="X", mail="x@x.example"))
    assert "was withdrawn" in words(decide(admin, customer, "withdraw"))
    assert "is too old" in words(decide(admin, customer, "withdraw", ref=first))
    propose(sales, customer, name="X", mail="x@x.example")
    assert "is too old" in words(decide(admin, customer, ref=first)), "what was read is what is confirmed"
    with scopes_disabled():
        OwnerRecovery.objects.update(ends_at=clock.now())
    assert "is too old" in words(decide(admin, customer))
    assert "waits for a colleague" in words(propose(sales, customer, member=staffed["member"].ref)), "a new one"
    assert roles()[OWNER] == ("owner", "active")
    assert len(records("withdraw_owner_recovery")) == 1


def test_nonsense_changes_nothing(customer, staffed, staff):
    sales = at(staff["sales"])
    stranger = people.member(people.customer(number="2"), "member", mail="x@x.example")
    for said, answer in (
        ({}, "Choose a person above"),
        ({"member": staffed["member"].ref, "mail": "y@y.example"}, "not both"),
        ({"member": stranger.ref}, "Select a valid choice"),
        ({"member": staffed["owner"].ref}, "Select a valid choice"),
        ({"name": "Jo", "mail": MEMBER}, "belongs to the customer already"),
        ({"name": "Jo", "mail": staff["support"].mail}, "belongs to staff"),
        ({"name": "Jo", "mail": "y@y.example", "reason": ""}, "Fill in this field"),
    ):
        shown = propose(sales, customer, **said)
        assert shown.status_code == 422, said
        assert answer in words(shown), said
    propose(sales, customer, member=staffed["member"].ref)
    change(staffed["member"], state="deactivated")
    assert "has changed since" in words(decide(at(staff["administrator"]), customer))
    nobody = people.customer(number="3")
    assert "Invite the owner instead" in words(propose(sales, nobody, name="Jo", mail="y@y.example"))
    assert roles()[OWNER] == ("owner", "active")


def test_an_invited_successor_is_the_owner_and_one_person_alone_invites_no_other(customer, staffed, staff):
    sales, admin = at(staff["sales"]), at(staff["administrator"])
    propose(sales, customer, name="Ina Neu", mail="Ina@nordwind.example")
    decide(admin, customer)
    assert roles()["ina@nordwind.example"] == ("owner", "initiated")
    assert roles()[OWNER] == ("administrator", "deactivated")
    with scopes_disabled():
        assert Mail.objects.get(template="invitation").recipient == "ina@nordwind.example"
    page = f"/staff/customers/{customer.ref}/owner/"
    refused = sales.post(page, {"name": "Me", "mail": "me@elsewhere.example"})
    assert "Two of the staff chose this owner" in words(refused)
    for _again in range(2):
        assert sales.post(page, {"name": "Ina Neu", "mail": "ina@nordwind.example"}).status_code == 302
        assert sales.post(page, {"name": "Me", "mail": "me@elsewhere.example"}).status_code == 422
    propose(sales, customer, member=staffed["member"].ref)
    decide(admin, customer)
    assert roles() == {OWNER: ("administrator", "deactivated"), MEMBER: ("owner", "active")}, "the invitation is over"


def test_confirming_and_withdrawing_at_once_leave_one_owner_and_one_deed(customer, staffed, staff):
    propose(at(staff["sales"]), customer, member=staffed["member"].ref)
    ref = open_one().ref
    crowd = [(at(staff["administrator"]), "confirm"), (at(staff["administrator"]), "confirm"),
             (at(staff["sales"]), "confirm"), (at(staff["sales"]), "withdraw")]  # fmt: skip

    def one(client, what):
        try:
            return client.post(f"/staff/customers/{customer.ref}/owner/recover/{ref}/{what}/").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda pair: one(*pair), crowd)) == {302}
    done = records("confirm_owner_recovery")
    assert len(done) + len(records("withdraw_owner_recovery")) == 1
    assert all(one.actor_ref == staff["administrator"].ref for one in done)
    assert row_of(MEMBER).role == ("owner" if done else "member")
    assert [role for role, _state in roles().values()].count("owner") == 1


def test_an_owner_who_came_meanwhile_is_not_the_one_who_was_gone(customer, staffed, staff):
    auditor = people.member(customer, "auditor")
    propose(at(staff["sales"]), customer, member=staffed["member"].ref)
    ref = open_one().ref
    owner, heir = inside(OWNER), inside(auditor.person.mail)
    owner.post(f"/members/{auditor.ref}/offer-ownership/", {"sure": "yes"})
    with scopes_disabled():
        assert OwnershipOffer.objects.filter(successor=auditor).exists()
    heir.post("/ownership/")
    assert roles()[auditor.person.mail] == ("owner", "active"), "handed over by the owner, who was there"
    assert "was confirmed or withdrawn, or is too old" in words(decide(at(staff["administrator"]), customer, ref=ref))
    assert roles()[auditor.person.mail] == ("owner", "active")
    with scopes_disabled():
        assert not OwnerRecovery.objects.exists()


def test_a_new_owner_without_passkey_gets_in_where_only_passkeys_were_allowed(customer, staffed, staff):
    with scopes_disabled():
        CompanySecurity.objects.create(customer=customer, by_password=False, by_code=False)
    propose(at(staff["sales"]), customer, member=staffed["member"].ref)
    decide(at(staff["administrator"]), customer)
    assert roles()[MEMBER] == ("owner", "active")
    assert inside(MEMBER).get("/dashboard/").status_code == 200
    [one] = records("confirm_owner_recovery")
    assert one.after["ways_to_sign_in"] == "all"


def test_what_was_not_confirmed_in_time_is_forgotten(customer, staffed, staff):
    propose(at(staff["sales"]), customer, name="Jo New", mail="jo@new.example")
    forget_old_recoveries.call()
    assert open_one().mail == "jo@new.example"
    with clock.at(open_one().ends_at):
        forget_old_recoveries.call()
    with scopes_disabled():
        assert not OwnerRecovery.objects.exists()
