"""Members and roles: who may keep a customer's people in order, what each deed does, and that the owner stays."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django_scopes import scope, scopes_disabled

from tests import people
from tests.web.test_people import NEW, change, follow, links, records, sign_in, work
from tests.web.visitors import words
from torhaus.accounts.models import User
from torhaus.core.link_codes import code_of
from torhaus.frame.rights import customer_rights
from torhaus.notices.models import Mail
from torhaus.organisations.members import OwnerStays, UnknownMember, change_member_role, remove_member
from torhaus.organisations.models import Membership, Role

pytestmark = pytest.mark.django_db(transaction=True)
ADMIN, MEMBER, OWNER = (f"{role}@nordwind.example" for role in ("administrator", "member", "owner"))


@pytest.fixture
def contract(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "torhaus.core.mail.EmlBackend"
    people.vendor()
    return people.contract(people.customer(language="en"))


@pytest.fixture
def staffed(contract):
    """A customer with an owner, an administrator and a member."""
    return {role: people.member(contract.customer, role) for role in ("owner", "administrator", "member")}


def inside(mail=ADMIN) -> Client:
    client, answer = sign_in(mail)
    assert answer.status_code == 302
    return client


def row_of(mail) -> Membership | None:
    with scopes_disabled():
        return Membership.objects.select_related("person").filter(person__mail=mail).first()


def invite(client, mail="new@nordwind.example", role="technical", name="Kim Neu"):
    return client.post("/members/invite/", {"name": name, "mail": mail, "role": role})


def test_B103_who_is_invited_is_initiated_and_active_once_registered(staffed, tmp_path):
    client = inside()
    assert invite(client).status_code == 302
    work()
    row = row_of("new@nordwind.example")
    assert (row.state, row.role) == ("initiated", "technical")
    page = words(client.get("/members/"))
    assert "Kim Neu new@nordwind.example Invited Technical staff" in page
    assert "Active" in page
    assert follow(links(tmp_path, "invitation")[0]).post(
        "/invitation/", {"name": "Kim Neu", "password": NEW}
    ).status_code == 302  # fmt: skip
    assert row_of("new@nordwind.example").state == "active"
    new, _ = sign_in("new@nordwind.example", NEW)
    assert new.get("/licence/").status_code == 200
    assert new.get("/members/").status_code == 403
    [one] = records("invite_member")
    assert (one.actor_kind, one.after) == ("person", {"role": "technical", "state": "initiated"})


def test_an_invitation_is_sent_again_and_taken_back(staffed, tmp_path):
    client = inside(OWNER)
    invite(client)
    row = row_of("new@nordwind.example")
    assert client.post(f"/members/{row.ref}/resend/").status_code == 302
    work()
    first, second = links(tmp_path, "invitation")
    assert first != second
    assert follow(first).get("/invitation/").status_code == 410
    waiting = follow(second)
    assert waiting.get("/invitation/").status_code == 200
    client.post(f"/members/{row.ref}/remove/")
    assert waiting.post("/invitation/", {"name": "K", "password": NEW}).status_code == 410
    assert row_of("new@nordwind.example") is None
    assert client.post(f"/members/{row.ref}/resend/").status_code == 404


def test_another_invitation_is_refused_where_the_mailbox_had_enough_or_the_account_was_closed(staffed):
    client = inside()
    invite(client)
    row = row_of("new@nordwind.example")
    for _ in range(2):
        assert "is on its way" in words(client.post(f"/members/{row.ref}/resend/", follow=True))
    assert "several invitations already" in words(client.post(f"/members/{row.ref}/resend/", follow=True))
    before = row_of("new@nordwind.example").invitation
    User.objects.filter(pk=row.person_id).update(is_active=False)
    assert "no invitation opens it" in words(client.post(f"/members/{row.ref}/resend/", follow=True))
    assert row_of("new@nordwind.example").invitation == before
    assert len(records("resend_invitation")) == 2
    with scopes_disabled():
        assert Mail.objects.filter(recipient="new@nordwind.example").count() == 3


def test_nonsense_invites_nobody(staffed):
    client = inside()
    for mail, role in (("no address", "member"), ("n@x.example", "owner"), ("n@x.example", "emperor"),
                       (MEMBER, "auditor"), (people.staff("sales").mail, "member")):  # fmt: skip
        assert invite(client, mail, role).status_code == 422, (mail, role)
    assert invite(client, name="").status_code == 422
    assert records("invite_member") == []
    with scopes_disabled():
        assert not Mail.objects.exists()


def test_B90_the_owner_can_be_neither_demoted_nor_deactivated_nor_removed(staffed, contract):
    owner = staffed["owner"]
    for mail in (ADMIN, OWNER):
        client = inside(mail)
        for deed in ("role", "deactivate", "reactivate", "remove"):
            answer = client.post(f"/members/{owner.ref}/{deed}/", {"role": "member"}, follow=True)
            assert "can be neither changed nor removed" in words(answer), deed
        page = client.get(f"/members/{owner.ref}/")
        assert "neither demoted nor deactivated nor removed" in words(page)
        assert "<form" not in page.content.decode().split("<main")[1].split("</main")[0]
        assert client.post(f"/members/{staffed['member'].ref}/role/", {"role": "owner"}).status_code == 422
    assert (row_of(OWNER).role, row_of(OWNER).state) == ("owner", "active")
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref), pytest.raises(OwnerStays):
        change_member_role(member_ref=staffed["member"].ref, role=Role.OWNER, by=people.SYSTEM)


def test_R22_another_role_acts_at_the_next_request_and_once(staffed):
    client, member = inside(), inside(MEMBER)
    ref = staffed["member"].ref
    assert member.get("/licence/").status_code == 403
    for _ in range(2):
        answer = client.post(f"/members/{ref}/role/", {"role": "technical"}, follow=True)
        assert "It acts at once" in words(answer)
    assert member.get("/licence/").status_code == 200
    [one] = records("change_member_role")
    assert (one.before, one.after) == ({"role": "member"}, {"role": "technical"})
    assert client.post(f"/members/{ref}/role/", {"role": "emperor"}).status_code == 422


def test_R16_B103_who_is_deactivated_is_out_by_the_next_request_and_in_again_when_activated(staffed):
    client, member = inside(), inside(MEMBER)
    ref = staffed["member"].ref
    assert "A seat they hold in the product stays theirs" in words(client.get(f"/members/{ref}/"))
    client.post(f"/members/{ref}/deactivate/")
    assert row_of(MEMBER).state == "deactivated"
    assert member.get("/dashboard/").status_code == 302
    assert "No organisation lets you in" in words(sign_in(MEMBER)[0].get("/", follow=True))
    client.post(f"/members/{ref}/deactivate/")
    client.post(f"/members/{ref}/reactivate/")
    assert member.get("/dashboard/").status_code == 200
    assert len(records("deactivate_member")) == len(records("reactivate_member")) == 1


def test_until_somebody_comes_in_a_customer_reads_the_name_it_gave(staffed):
    other = people.customer(number="20993", name="Südwind AG")
    people.member(other, "member", mail="kim@suedwind.example")
    client = inside()
    invite(client, "kim@suedwind.example", name="Kim as we say")
    page = words(client.get("/members/"))
    assert "Kim as we say" in page
    assert "Jo Member" in page, "the own one"
    assert page.count("Jo Member") == 1


def test_who_never_came_in_is_not_activated_by_others(staffed):
    client = inside()
    invite(client)
    ref = row_of("new@nordwind.example").ref
    for deed in ("deactivate", "reactivate"):
        assert "has not come in yet" in words(client.post(f"/members/{ref}/{deed}/", follow=True))
    assert row_of("new@nordwind.example").state == "initiated"


def test_who_is_removed_is_out_and_the_account_stays(staffed):
    client, member = inside(), inside(MEMBER)
    ref = staffed["member"].ref
    client.post(f"/members/{ref}/remove/")
    assert member.get("/dashboard/").status_code == 302
    assert client.post(f"/members/{ref}/remove/").status_code == 404
    assert User.objects.filter(mail=MEMBER).exists()
    assert len(records("remove_member")) == 1


def test_strangers_reach_nobody(staffed, contract):
    other = people.contract(people.customer(number="20993", name="Südwind AG"), number="V2")
    people.member(other.customer, "owner", mail="o@suedwind.example")
    foreign, ref = inside("o@suedwind.example"), staffed["member"].ref
    assert foreign.get(f"/members/{ref}/").status_code == 404
    for deed in ("deactivate", "reactivate", "remove", "resend"):
        assert foreign.post(f"/members/{ref}/{deed}/").status_code == 404
    assert foreign.post(f"/members/{ref}/role/", {"role": "auditor"}).status_code == 404
    assert "nordwind" not in foreign.get("/members/").content.decode()
    member = inside(MEMBER)
    assert member.post(f"/members/{ref}/role/", {"role": "administrator"}).status_code == 403
    by_token = Client()
    by_token.post("/login/", {"token": people.token(contract)})
    assert by_token.get("/members/").status_code == 403
    assert (row_of(MEMBER).role, row_of(MEMBER).state) == ("member", "active")


def test_a_removal_and_a_change_at_once_leave_one_outcome(staffed, contract):
    ref = staffed["member"].ref

    def one(deed):
        try:
            with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
                deed()
        except UnknownMember:
            return "unknown"
        else:
            return "done"
        finally:
            connection.close()

    acts = [lambda: remove_member(member_ref=ref, by=people.SYSTEM)] * 3
    acts.append(lambda: change_member_role(member_ref=ref, role=Role.AUDITOR, by=people.SYSTEM))
    with ThreadPoolExecutor(4) as crowd:
        done = list(crowd.map(one, acts))
    assert done[:3].count("done") == 1
    assert row_of(MEMBER) is None
    assert len(records("remove_member")) == 1


def test_an_auditor_sees_the_list_alone(staffed, contract):
    people.member(contract.customer, "auditor", mail="a@nordwind.example")
    page = inside("a@nordwind.example").get("/members/")
    assert "Jo Owner" in words(page)
    assert "Invite somebody" not in words(page)
    change(staffed["member"], state="deactivated")
    assert "Deactivated" in words(inside("a@nordwind.example").get("/members/"))


def test_nobody_gives_a_role_that_may_more_than_their_own(staffed):
    client, row = inside(), row_of(ADMIN)
    assert client.get("/invoices/").status_code == 403
    refused = client.post(f"/members/{row.ref}/role/", {"role": "billing"})
    assert (refused.status_code, "Only the owner can give this role." in words(refused)) == (422, True)
    refused = invite(client, role="billing")
    assert (refused.status_code, "Only the owner can give this role." in words(refused)) == (422, True)
    assert (row_of(ADMIN).role, row_of("new@nordwind.example")) == ("administrator", None)
    owner = inside(OWNER)
    assert invite(owner, role="billing").status_code == 302
    assert row_of("new@nordwind.example").role == "billing"


def test_nobody_gets_a_token_that_opens_more_than_they_may(staffed):
    assert inside().get("/licence/reset-token/").status_code == 403
    assert "reset_token" not in customer_rights("technical", billing_access="owner", token_sees_invoices=True)
    assert "reset_token" in customer_rights("technical", billing_access="owner", token_sees_invoices=False)
    assert "reset_token" in customer_rights("owner", billing_access="owner", token_sees_invoices=True)


def test_a_name_never_becomes_the_code_of_a_link(staffed, tmp_path):
    invite(inside(), mail="other@nordwind.example")
    ref = row_of("other@nordwind.example").invitation
    invite(inside(), name=f"[[code:{ref}]]")
    work()
    told = [path.read_text("utf-8") for path in tmp_path.glob("*.eml")]
    assert sum(code_of(ref) in text.replace("=\n", "") for text in told) == 1, "only in the link of whom it is for"
