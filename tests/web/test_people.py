"""People of customers: invited by mail, in by mail and password, out by the next request when they may no more."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.web.visitors import words
from torhaus.accounts.models import PasswordReset, User
from torhaus.accounts.tasks import forget_old_password_resets
from torhaus.core import clock
from torhaus.core.link_codes import code_of
from torhaus.notices.models import Mail
from torhaus.organisations.models import Membership
from torhaus.records.models import Record
from torhaus.work.runner import Worker

pytestmark = pytest.mark.django_db(transaction=True)
MAIL, NEW = "owner@nordwind.example", "four-uncommon-words-here"


@pytest.fixture
def contract(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "torhaus.core.mail.EmlBackend"
    people.vendor()
    return people.contract(people.customer(language="en"))


def work():
    while Worker().run_once():
        pass


def links(outbox, kind) -> list[str]:
    """The links of one kind in the mails sent so far, in the order in which these were written."""
    found = []
    with scopes_disabled():
        written = dict(Mail.objects.values_list("ref", "pk"))  # a file is named by its mail
    for path in sorted(outbox.glob("*.eml"), key=lambda path: written[path.stem]):
        text = path.read_text("utf-8").replace("=\n", "").replace("=3D", "=")
        found += re.findall(rf"(/{kind}/[0-9A-Za-z]{{12}}/[0-9a-f]{{40}}/)", text)[:1]
    return found


def sign_in(mail=MAIL, password=people.PASSWORD, client=None, **more):
    client = client or Client()
    answer = client.post("/login/person/", {"mail": mail, "password": password} | more)
    return client, answer


def invite(customer, mail=MAIL, name="Jo Sommer"):
    client = staff_client(User.objects.filter(staff_role="sales").first() or people.staff("sales"))
    answer = client.post(f"/staff/customers/{customer.ref}/owner/", {"name": name, "mail": mail})
    work()
    return answer


def follow(path) -> Client:
    client = Client()
    assert client.get(path).status_code == 302
    return client


def records(deed):
    with scopes_disabled():
        return list(Record.objects.filter(deed=deed).order_by("pk"))


def the_membership() -> Membership:
    with scopes_disabled():
        return Membership.objects.select_related("person").get()


def test_B103_from_the_invitation_by_staff_to_the_portal(contract, tmp_path):
    assert invite(contract.customer, mail="Owner@Nordwind.example").status_code == 302
    row = the_membership()
    assert (row.state, row.role, row.person.mail) == ("initiated", "owner", MAIL)
    assert row.invitation_ends_at - row.invited_at == timedelta(days=7)
    assert sign_in(password="")[1].status_code == 422
    with scopes_disabled():
        assert code_of(row.invitation) not in Mail.objects.get().text, "the log does not hold the code"
    client = follow(links(tmp_path, "invitation")[0])
    assert "Nordwind Logistik GmbH. Your role: Owner" in words(client.get("/invitation/"))
    answer = client.post("/invitation/", {"name": "Jo Winter", "password": NEW})
    assert (answer.status_code, answer.url) == (302, "/login/")
    row = the_membership()
    assert (row.state, row.invitation, row.person.name) == ("active", "", "Jo Winter")
    client, answer = sign_in(password=NEW)
    assert (answer.status_code, answer.url) == (302, "/")
    page = client.get("/", follow=True)
    assert page.status_code == 200
    assert "Jo Winter" in page.content.decode()
    [one] = records("accept_invitation")
    assert (one.actor_kind, one.actor_ref, one.before) == ("person", row.person.ref, {"state": "initiated"})
    assert len(records("invite_owner")) == 1
    assert [r.customer_ref for r in records("sign_in_person")] == [contract.customer.ref]


def test_R8_an_invitation_works_once_and_for_seven_days(contract, tmp_path, monkeypatch):
    invite(contract.customer)
    link = links(tmp_path, "invitation")[0]
    first, second = follow(link), follow(link)
    form = {"name": "Jo", "password": NEW}
    assert first.post("/invitation/", form).status_code == 302
    assert second.post("/invitation/", form).status_code == 410
    assert follow(link).get("/invitation/").status_code == 410
    assert follow(link[:-2] + "0/").get("/invitation/").status_code == 410
    other = people.contract(people.customer(number="2"), number="V2")
    invite(other.customer, mail="late@nordwind.example")
    late = follow(links(tmp_path, "invitation")[-1])
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=30))
    assert late.get("/invitation/").status_code == 200
    with scopes_disabled():
        Membership.objects.filter(customer=other.customer).update(invitation_ends_at=now)
    assert late.post("/invitation/", form).status_code == 410


def test_inviting_again_ends_the_first_invitation_and_an_owner_who_came_in_stays(contract, tmp_path):
    invite(contract.customer, mail="typo@nordwind.example")
    invite(contract.customer)
    first, second = links(tmp_path, "invitation")
    assert follow(first).get("/invitation/").status_code == 410
    assert follow(second).post("/invitation/", {"name": "Jo", "password": NEW}).status_code == 302
    client = staff_client(User.objects.get(staff_role="sales"))
    answer = client.post(
        f"/staff/customers/{contract.customer.ref}/owner/", {"name": "X", "mail": "x@x.example"}, follow=True
    )
    assert "has an owner already" in words(answer)
    assert the_membership().person.mail == MAIL


def test_an_invitation_for_staff_or_for_a_member_is_refused(contract):
    people.member(contract.customer, "member", mail="m@nordwind.example")
    staff = people.staff("support")
    for mail in (staff.mail, "m@nordwind.example", "no address"):
        assert invite(contract.customer, mail=mail).status_code == 422
    assert records("invite_owner") == []


def test_R1_short_common_and_own_passwords_are_refused_and_the_invitation_still_works(contract, tmp_path):
    invite(contract.customer)
    client = follow(links(tmp_path, "invitation")[0])
    for bad in ("short", "1q2w3e4r5t6y7u8i9o0p", "owner@nordwind.example"):
        answer = client.post("/invitation/", {"name": "Jo", "password": bad})
        assert answer.status_code == 422, bad
    assert the_membership().state == "initiated"
    assert not the_membership().person.has_usable_password()
    assert client.post("/invitation/", {"name": "Jo", "password": NEW}).status_code == 302


def test_R2_a_long_unicode_password_works_unaltered_only(contract):
    owner = people.member(contract.customer).person
    password = " Žluťoučký kůň 🐎 " + "Ä" * 46 + "x "
    owner.set_password(password)
    owner.save()
    assert sign_in(password=password)[1].status_code == 302
    for other in (password.strip(), password[:-1], password.swapcase()):
        assert sign_in(password=other)[1].status_code == 422


def test_somebody_known_joins_without_a_password_and_switches(contract, tmp_path):
    people.member(contract.customer, "member", mail=MAIL)
    other = people.contract(people.customer(number="20993", name="Südwind AG"), number="V-2026-777")
    invite(other.customer)
    client = follow(links(tmp_path, "invitation")[0])
    assert "You have an account already" in words(client.get("/invitation/"))
    assert client.post("/invitation/", {"name": "Evil", "password": NEW}).status_code == 302
    assert sign_in(password=NEW)[1].status_code == 422, "an invitation sets nobody's password"
    client, answer = sign_in()
    assert answer.url == "/contracts/"
    page = words(client.get("/contracts/"))
    assert "Südwind AG" in page
    assert "V-2026-001" in page
    assert client.get("/invoices/").status_code == 403, "a member"
    client.post("/contracts/switch/", {"contract": other.ref})
    assert client.get("/invoices/").status_code == 200, "an owner here"
    stranger = people.contract(people.customer(number="3"), number="V3")
    assert client.post("/contracts/switch/", {"contract": stranger.ref}).status_code == 404


def test_R7_unknown_mail_wrong_password_staff_and_the_invited_get_one_answer(contract):
    people.member(contract.customer)
    staff = people.staff("sales")
    people.member(contract.customer, "member", mail="new@x.example", state="initiated", invitation="a" * 12)
    User.objects.filter(mail="new@x.example").update(password="!")
    pages = set()
    for mail, password in (
        (MAIL, "wrong-wrong-wrong"), ("nobody@x.example", people.PASSWORD), (staff.mail, people.PASSWORD),
        ("new@x.example", "!"),
    ):  # fmt: skip
        answer = sign_in(mail, password)[1]
        assert answer.status_code == 422
        pages.add(words(answer))
    assert len(pages) == 1
    asked = {Client().post("/lost-password/", {"mail": mail}).url for mail in (MAIL, "nobody@x.example", staff.mail)}
    assert asked == {"/lost-password/?sent=1"}


def test_R4_guessing_from_one_address_ends_and_the_owner_comes_in_from_another(contract):
    people.member(contract.customer)
    codes = [sign_in(password="wrong-wrong-wrong", client=Client(REMOTE_ADDR="198.51.100.7"))[1].status_code
             for _ in range(25)]  # fmt: skip
    assert codes[-1] == 429
    assert sign_in(client=Client(REMOTE_ADDR="198.51.100.7"))[1].status_code == 429
    assert sign_in(client=Client(REMOTE_ADDR="203.0.113.9"))[1].status_code == 302


def test_R13_R15_a_new_session_at_sign_in_and_nothing_after_sign_out(contract):
    people.member(contract.customer)
    client = Client()
    client.post("/login/", {"token": people.token(contract)})
    before = client.cookies["torhaus_session"].value
    client, _answer = sign_in(client=client)
    after = client.cookies["torhaus_session"].value
    assert before != after
    old = Client()
    old.cookies["torhaus_session"] = before
    assert old.get("/dashboard/").status_code == 302, "the token's session ended"
    assert client.get("/dashboard/").status_code == 200
    client.post("/logout/")
    replay = Client()
    replay.cookies["torhaus_session"] = after
    assert replay.get("/dashboard/").status_code == 302
    assert [r.actor_kind for r in records("sign_out_person")] == ["person"]


def test_R16_R22_who_is_deactivated_or_demoted_is_so_at_the_next_request(contract):
    row = people.member(contract.customer, "owner")
    client, _ = sign_in()
    assert client.get("/invoices/").status_code == 200
    change(row, role="member")
    assert client.get("/invoices/").status_code == 403
    assert client.get("/dashboard/").status_code == 200
    change(row, state="deactivated")
    assert client.get("/dashboard/").status_code == 302
    page = client.get("/dashboard/", follow=True)
    assert "No organisation lets you in at present" in words(page)
    assert client.post("/contracts/switch/", {"contract": contract.ref}).status_code == 302
    change(row, state="active")
    User.objects.filter(pk=row.person_id).update(is_active=False)
    assert client.get("/dashboard/").status_code == 302
    assert sign_in()[1].status_code == 422


def change(row, **fields):
    with scopes_disabled():
        Membership.objects.filter(pk=row.pk).update(**fields)


def test_people_of_customers_have_no_way_into_the_back_office(contract):
    people.member(contract.customer)
    client, _ = sign_in(next="/staff/")
    for url in ("/staff/", "/staff/customers/", "/staff/admin/"):
        assert client.get(url).status_code in (302, 404), url
    assert client.post(f"/staff/contracts/{contract.ref}/view/").status_code == 302
    staff = Client().post("/staff/sign-in/", {"mail": MAIL, "password": people.PASSWORD})
    assert staff.status_code == 422


def test_a_new_password_by_link_works_once_and_ends_all_sessions(contract, tmp_path):
    people.member(contract.customer)
    inside, _ = sign_in()
    Client().post("/lost-password/", {"mail": MAIL.upper()})
    work()
    link = links(tmp_path, "lost-password")[0]
    with scopes_disabled():
        mail = Mail.objects.get(template="password_reset")
    assert code_of(PasswordReset.objects.get().ref) not in mail.text + mail.html
    client, second = follow(link), follow(link)
    assert MAIL in words(client.get("/lost-password/new/"))
    assert client.post("/lost-password/new/", {"password": "short"}).status_code == 422
    assert inside.get("/dashboard/").status_code == 200, "nothing changed yet"
    assert client.post("/lost-password/new/", {"password": NEW}).status_code == 302
    assert second.post("/lost-password/new/", {"password": NEW + "x"}).status_code == 410
    assert inside.get("/dashboard/").status_code == 302, "signed out everywhere"
    assert sign_in()[1].status_code == 422
    assert sign_in(password=NEW)[1].status_code == 302
    assert len(records("send_password_reset")) == len(records("reset_password")) == 1


def test_links_for_passwords_end_after_an_hour_and_go_to_few_mails(contract, tmp_path):
    people.member(contract.customer)
    for _ in range(5):
        Client().post("/lost-password/", {"mail": MAIL})
    Client().post("/lost-password/", {"mail": "nobody@x.example"})
    work()
    sent = links(tmp_path, "lost-password")
    assert len(sent) == 3
    client = follow(sent[0])
    assert client.get("/lost-password/new/").status_code == 200, "whoever asks again ends no link that is on its way"
    PasswordReset.objects.update(expires_at=clock.now())
    assert client.post("/lost-password/new/", {"password": NEW}).status_code == 410
    PasswordReset.objects.update(asked_at=clock.now() - timedelta(days=31))
    forget_old_password_resets.call()
    assert not PasswordReset.objects.exists()


def test_whoever_uses_one_link_for_a_password_ends_the_others(contract, tmp_path):
    people.member(contract.customer)
    for _ in range(2):
        Client().post("/lost-password/", {"mail": MAIL})
    work()
    first, second = map(follow, links(tmp_path, "lost-password"))
    assert first.post("/lost-password/new/", {"password": NEW}).status_code == 302
    assert second.post("/lost-password/new/", {"password": NEW + "x"}).status_code == 410
    assert sign_in(password=NEW)[1].status_code == 302


def test_a_form_sent_at_one_customer_is_never_done_at_another(contract):
    """What a person sends from the pages of a customer that let them in no more is done nowhere."""
    here, other = contract, people.contract(people.customer(number="20993", name="Südwind AG"), number="V-2026-777")
    first = people.member(here.customer, "administrator", mail=MAIL)
    people.member(other.customer, "administrator", person=first.person)
    client, _ = sign_in()
    client.post("/contracts/switch/", {"contract": here.ref})
    change(first, state="deactivated")
    form = {"name": "Kim", "mail": "kim@x.example", "role": "member"}
    assert client.post("/members/invite/", form).status_code == 302
    assert records("invite_member") == []
    assert "Südwind AG" in words(client.get("/members/")), "looking goes on at the customer that is left"
    assert client.post("/members/invite/", form).status_code == 302
    assert [r.customer_ref for r in records("invite_member")] == [other.customer.ref]


def test_a_person_resets_the_token_and_stays_signed_in(contract):
    people.member(contract.customer)
    token = people.token(contract)
    client, _ = sign_in()
    public_id = token.split("_")[1]
    answer = client.post("/licence/reset-token/", {"overlap": "0", "newest_seen": public_id})
    assert answer.status_code == 200
    assert records("reset_token")[0].actor_kind == "person"
    assert client.get("/dashboard/").status_code == 200


def test_the_first_page_shows_both_ways_and_a_customer_without_contract_says_so(contract):
    page = words(Client().get("/login/"))
    assert "With the licence token" in page
    assert "With email address and password" in page
    bare = people.customer(number="7", name="Ohne Vertrag")
    people.member(bare, mail="bare@x.example")
    client, _answer = sign_in("bare@x.example")
    assert "there is no contract yet" in words(client.get("/", follow=True))
    client.post("/logout/")
    assert "no contract yet" not in words(client.get("/login/"))


def test_an_auditor_reads_without_being_offered_what_the_role_may_not(contract):
    people.member(contract.customer, "auditor", mail=MAIL)
    people.release_subscription(contract, "lists@nordwind.example")
    client, _ = sign_in()
    page = client.get("/release-mails/")
    assert "Your role reads only" in words(page)
    assert "<button" not in page.content.decode().split("<main")[1].split("</main")[0]
