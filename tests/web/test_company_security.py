"""Company-wide security: who sets what is asked of sign-ins, and that it holds at everybody's next request."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django_scopes import scope, scopes_disabled

from tests import people
from tests.authenticator import code_of, set_up
from tests.doors import signed_in, staff_client
from tests.web.test_people import sign_in
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.organisations.models import CompanySecurity
from torhaus.organisations.rules import SecurityRules
from torhaus.organisations.security import (
    ChangedMeanwhile,
    LocksOwnerOut,
    LocksYouOut,
    UnfitRules,
    change_company_security,
)
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, FORM = "/settings/security/", "/settings/security/change/"
OWNER, ADMIN, MEMBER = (f"{role}@nordwind.example" for role in ("owner", "administrator", "member"))
TODAY = people.NOON.date()


def company():
    """A customer with an owner, an administrator and a member."""
    people.vendor()
    contract = people.contract(people.customer(language="en"))
    for role in ("owner", "administrator", "member"):
        people.member(contract.customer, role)
    return contract.customer


@pytest.fixture
def customer():
    made = company()
    with clock.at(people.NOON):
        yield made


def ask(of, **rules) -> None:
    """Set what a customer asks of sign-ins, as its owner."""
    with scope(customer=of.pk, customer_ref=of.ref):
        version = getattr(CompanySecurity.objects.filter(customer=of).first(), "version", 0)
        change_company_security(
            customer_id=of.pk,
            rules=SecurityRules(**{"version": version} | rules),
            proved={"password", "passkey"},
            today=clock.today("Europe/Berlin"),
            by=people.SYSTEM,
        )


def inside(mail=OWNER) -> Client:
    client, answer = sign_in(mail, client=Client(headers={"accept-language": "en"}))
    assert answer.status_code == 302
    return client


def form(**values) -> dict:
    return {"version": 0, "factor_for": "nobody", "methods": ["password", "passkey", "code"]} | values


def records() -> list[Record]:
    with scopes_disabled():
        return list(Record.objects.filter(deed="change_company_security").order_by("pk"))


def opens(client, page="/dashboard/") -> bool:
    return client.get(page).status_code == 200


def passkey(mail) -> Authenticator:
    person = people.User.objects.get(mail=mail)
    data = {"name": "Key", "credential": {"id": "x"}}
    return Authenticator.objects.create(user=person, type="webauthn", data=data)


# The page


def test_owner_and_administrators_set_the_rules_and_one_record_says_what_changed(customer):
    client = inside(ADMIN)
    answer = client.post(
        FORM,
        form(
            factor_for="roles",
            factor_roles=["owner", "administrator"],
            factor_from="2026-12-24",
            idle_minutes="30",
            session_hours="8",
        ),
        follow=True,
    )
    page = words(answer)
    assert "The rules are saved." in page
    assert "Owner, Administrator from 2026-12-24 on" in page
    assert "30 minutes" in page
    assert "8 hours" in page
    [one] = records()
    assert (one.actor_kind, one.subject_kind, one.customer_ref) == ("person", "customer", customer.ref)
    assert one.before == {
        "factor_for": "nobody", "factor_roles": [], "factor_from": None, "idle_minutes": None, "session_hours": None
    }  # fmt: skip
    assert one.after == {
        "factor_for": "roles", "factor_roles": ["administrator", "owner"], "factor_from": "2026-12-24",
        "idle_minutes": 30, "session_hours": 8,
    }  # fmt: skip
    assert "The rules for signing in were changed" in words(inside().get("/activity/"))


def test_an_auditor_reads_the_rules_and_nobody_else_does(customer):
    people.member(customer, "auditor")
    auditor, member = inside("auditor@nordwind.example"), inside(MEMBER)
    assert "Owner and administrators of your account can change this." in words(auditor.get(PAGE))
    assert auditor.post(FORM, form(idle_minutes="30")).status_code == 403
    assert (member.get(PAGE).status_code, member.post(FORM, form(idle_minutes="30")).status_code) == (403, 403)
    with scopes_disabled():
        token = people.token(people.Contract.objects.get())
    assert signed_in(token).get(PAGE).status_code == 403
    assert Client().post(FORM, form()).url == "/login/"
    assert records() == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"factor_for": "kings"}, "Choose who needs one."),
        ({"factor_for": "all"}, "Enter the day from which on it is needed."),
        ({"factor_for": "all", "factor_from": "2026-11-21"}, "This day is over."),
        ({"factor_for": "all", "factor_from": "soon"}, "Enter a day, such as 2026-12-31."),
        ({"factor_for": "roles", "factor_from": "2026-12-01"}, "Choose the roles that need one."),
        (
            {"factor_for": "roles", "factor_roles": ["king"], "factor_from": "2026-12-01"},
            "Choose from the roles shown.",
        ),
        ({"idle_minutes": "61"}, "Enter a whole number from 5 to 60, or nothing."),
        ({"session_hours": "0"}, "Enter a whole number from 1 to 12, or nothing."),
        ({"session_hours": "1e3"}, "Enter a whole number from 1 to 12, or nothing."),
        ({"methods": []}, "Allow at least one way to sign in"),
        ({"methods": ["magic"]}, "Choose from the ways shown."),
    ],
)
def test_nonsense_is_refused_in_words_and_changes_nothing(customer, wrong, said):
    answer = inside().post(FORM, form(**wrong))
    assert answer.status_code == 422
    assert said in words(answer)
    assert records() == []
    with scopes_disabled():
        assert not CompanySecurity.objects.exists()


def test_the_deed_refuses_what_the_form_does_not_let_through(customer):
    for wrong in ({"factor_for": "all"}, {"idle_minutes": 1}, {"session_hours": 9999}, {"methods": frozenset()}):
        with pytest.raises(UnfitRules):
            ask(customer, **wrong)
    with pytest.raises(UnfitRules):
        ask(customer, factor_for="all", factor_from=TODAY - timedelta(days=1))
    with pytest.raises(IntegrityError), scopes_disabled(), transaction.atomic():
        CompanySecurity.objects.create(customer=customer, by_password=False, by_passkey=False, by_code=False)


def test_two_tabs_do_not_undo_each_other_and_the_same_again_changes_nothing(customer):
    first, second = inside(), inside(ADMIN)
    assert first.post(FORM, form(idle_minutes="30")).status_code == 302
    assert first.post(FORM, form(idle_minutes="30")).status_code == 302, "sent again by a reload"
    answer = second.post(FORM, form(session_hours="4"))
    assert answer.status_code == 422
    assert "Somebody else changed these rules meanwhile. Nothing was saved." in words(answer)
    assert len(records()) == 1
    assert second.post(FORM, form(version=1, idle_minutes="30", session_hours="4")).status_code == 302
    assert records()[-1].after == {"session_hours": 4}


def test_of_two_at_the_same_moment_one_is_told_of_the_other(customer):
    def change(minutes):
        try:
            with clock.at(people.NOON), scope(customer=customer.pk, customer_ref=customer.ref):
                change_company_security(
                    customer_id=customer.pk,
                    rules=SecurityRules(idle_minutes=minutes),
                    proved={"password"},
                    today=TODAY,
                    by=people.SYSTEM,
                )
        except ChangedMeanwhile:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(change, (10, 20, 30, 40))) == [False, False, False, True]
    assert len(records()) == 1


# Who needs a second factor


def test_R5_who_needs_a_second_factor_from_today_on_reaches_no_other_page(customer):
    client, member = inside(), inside(MEMBER)
    ask(customer, factor_for="roles", factor_roles=frozenset({"owner"}), factor_from=TODAY)
    for page in ("/dashboard/", "/members/", "/invoices/", PAGE, "/licence/", "/settings/account/price-plan/"):
        answer = client.get(page)
        assert (answer.status_code, answer.url) == (302, "/account/"), page
    assert client.post("/members/invite/", {"mail": "x@nordwind.example"}).url == "/account/"
    page = client.get("/account/")
    assert "You need a second factor. Since 2026-11-22 Nordwind Logistik GmbH asks it of you." in words(page)
    assert "/invoices/" not in page.content.decode()
    assert opens(member), "another role"
    secret, _codes = set_up(client)
    assert opens(client)
    answer = client.post("/account/app/off/", {"end_others": ""}, follow=True)
    assert "this is your last one" in words(answer)
    with clock.shifted(timedelta(seconds=30)):
        again = inside()
        assert not opens(again)
        assert again.post("/login/second-factor/", {"code": code_of(secret)}).url == "/"
        assert opens(again)


def test_before_the_day_a_notice_says_so_and_on_the_day_it_holds(customer):
    client = inside()
    ask(customer, factor_for="all", factor_from=TODAY + timedelta(days=9))
    assert "From 2026-12-01 on you need a second factor. Nordwind Logistik GmbH asks it of you." in words(
        client.get("/dashboard/")
    )
    with clock.shifted(timedelta(days=8, hours=10, minutes=59)):
        assert opens(inside())
    with clock.shifted(timedelta(days=8, hours=12)):  # midnight in Berlin
        assert inside().get("/dashboard/").url == "/account/"
    set_up(client)
    assert "you need a second factor" not in words(client.get("/dashboard/"))


def test_a_session_from_before_the_factor_signs_in_anew(customer):
    old = inside()
    set_up(inside())
    assert opens(old)
    ask(customer, factor_for="all", factor_from=TODAY)
    assert old.get("/dashboard/").url == "/login/"
    assert not opens(old)


# How long sessions last


def test_R14_a_session_ends_after_the_companys_minutes_without_use(customer):
    client = inside()
    ask(customer, idle_minutes=10)
    with clock.shifted(timedelta(minutes=9)):
        assert opens(client)
    with clock.shifted(timedelta(minutes=18)):
        assert opens(client), "it was used in between"
    with clock.shifted(timedelta(minutes=29)):
        answer = client.get("/dashboard/", follow=True)
        assert answer.redirect_chain == [("/login/?next=%2Fdashboard%2F", 302)]
        assert "for Nordwind Logistik GmbH sessions end after 10 minutes without use. Sign in again." in words(answer)
        assert not opens(client)


def test_R14_a_session_ends_after_the_companys_hours_in_any_case_and_also_that_of_a_token(customer):
    with scopes_disabled():
        token = people.token(people.Contract.objects.get())
    client, by_token = inside(), signed_in(token)
    ask(customer, session_hours=1)
    for minutes in (30, 59):
        with clock.shifted(timedelta(minutes=minutes)):
            assert opens(client)
            assert opens(by_token)
    with clock.shifted(timedelta(minutes=60)):
        for one in (client, by_token):
            answer = one.get("/dashboard/", follow=True)
            assert "for Nordwind Logistik GmbH sessions end after 1 hour at the latest." in words(answer)


def test_a_pause_in_the_pages_of_another_company_counts_too(customer):
    other = people.contract(people.customer("2", "Ostwind AG", language="en"), number="V-2")
    people.member(other.customer, "member", person=people.User.objects.get(mail=OWNER))
    ask(customer, idle_minutes=10)
    client = inside()
    assert client.post("/contracts/switch/", {"contract": other.ref}).status_code == 302
    assert opens(client)
    with scopes_disabled():
        mine = people.Contract.objects.get(customer=customer)
    with clock.shifted(timedelta(minutes=20)):
        assert opens(client), "this company has no such limit"
        assert client.post("/contracts/switch/", {"contract": mine.ref}).status_code == 302
        assert client.get("/dashboard/").url.startswith("/login/")


# How one may sign in


def test_a_way_that_no_company_of_ones_own_allows_gives_no_session(customer):
    passkey(OWNER)
    ask(customer, methods=frozenset({"passkey"}))
    client, answer = sign_in(MEMBER, client=Client(headers={"accept-language": "en"}))
    assert answer.url == "/login/"
    said = words(client.get("/login/"))
    assert "Your organisation lets nobody in this way. Choose another one: Passkey." in said
    assert not opens(client)
    with scopes_disabled():
        assert not Record.objects.filter(deed="sign_in_person").exists()


def test_a_session_by_a_way_forbidden_since_is_told_so_and_a_passkey_opens_it(customer):
    passkey(OWNER)
    client = inside(MEMBER)
    ask(customer, methods=frozenset({"passkey"}))
    answer = client.get("/dashboard/")
    assert answer.status_code == 403
    assert "lets nobody in the way you signed in" in words(answer)
    assert "/downloads/" not in answer.content.decode()
    assert client.post("/settings/account/notices/", {"wanted": "on"}).status_code == 403
    assert client.get("/account/passkeys/new/").url == "/account/", "and makes none by it: test_passkey_links.py"
    member = people.User.objects.get(mail=MEMBER)
    assert opens(staff_client(member, method="passkey", factor="passkey"))
    assert opens(staff_client(member, method="password", factor="passkey")), "a passkey behind the password counts"
    assert not opens(staff_client(member, method="password", factor="totp"))


def test_who_belongs_to_several_companies_is_asked_by_each_where_it_is_entered(customer):
    other = people.contract(people.customer("2", "Ostwind AG", language="en"), number="V-2")
    people.member(other.customer, "member", person=people.User.objects.get(mail=MEMBER))
    passkey(OWNER)
    ask(customer, methods=frozenset({"passkey"}))
    client = inside(MEMBER)
    assert client.get("/contracts/").status_code == 200
    with scopes_disabled():
        mine = people.Contract.objects.get(customer=customer)
    for contract, status in ((mine, 403), (other, 200), (mine, 403)):
        assert client.post("/contracts/switch/", {"contract": contract.ref}).status_code == 302
        assert client.get("/dashboard/").status_code == status


def test_nobody_locks_themselves_or_the_owner_out(customer):
    answer = inside(ADMIN).post(FORM, form(methods=["passkey"]))
    assert "You signed in by a way that you would forbid" in words(answer)
    admin = people.User.objects.get(mail=ADMIN)
    proved = {"method": "passkey", "factor": "passkey", "confirmed_at": clock.now().timestamp()}
    answer = staff_client(admin, **proved).post(FORM, form(methods=["passkey"]))
    assert answer.status_code == 422
    assert "owner" in answer.content.decode()
    for proved, refusal in (({"password"}, LocksYouOut), ({"passkey"}, LocksOwnerOut)):
        with pytest.raises(refusal), scope(customer=customer.pk, customer_ref=customer.ref):
            change_company_security(
                customer_id=customer.pk,
                rules=SecurityRules(methods=frozenset({"passkey"})),
                proved=proved,
                today=TODAY,
                by=people.SYSTEM,
            )
    assert records() == []


def test_the_last_passkey_stays_where_only_passkeys_let_in(customer):
    key = passkey(OWNER)
    ask(customer, methods=frozenset({"passkey"}))
    client = staff_client(key.user, method="passkey", factor="passkey", confirmed_at=clock.now().timestamp())
    assert client.post(f"/account/passkeys/{key.pk}/remove/", {"end_others": ""}).url == "/account/"
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_of_two_last_passkeys_removed_at_the_same_moment_one_stays(customer):
    keys = [passkey(OWNER), passkey(OWNER)]
    ask(customer, methods=frozenset({"passkey"}))
    proved = {"method": "passkey", "factor": "passkey", "confirmed_at": clock.now().timestamp()}
    clients = [staff_client(key.user, **proved) for key in keys]

    def remove(client, key):
        try:
            with clock.at(people.NOON):
                return client.post(f"/account/passkeys/{key.pk}/remove/", {"end_others": ""}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(remove, clients, keys)) == [302, 302]
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_another_companys_rules_concern_nobody_here(customer):
    other = people.contract(people.customer("2", "Ostwind AG", language="en"), number="V-2")
    people.member(other.customer, "owner", mail="owner@ostwind.example")
    ask(other.customer, factor_for="all", factor_from=TODAY, session_hours=1)
    assert opens(inside())
    assert "Nobody" in words(inside().get(PAGE))
