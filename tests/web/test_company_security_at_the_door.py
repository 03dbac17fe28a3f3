"""Company-wide security at doors beside the pages: signing in anew, changing the rules, the help page, lost factors."""

from datetime import timedelta

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.web.test_company_security import (
    FORM,
    MEMBER,
    OWNER,
    TODAY,
    ask,
    company,
    form,
    inside,
    opens,
    passkey,
    records,
)
from tests.web.visitors import words
from torhaus.console.reset_factors import reset_factors
from torhaus.core import clock
from torhaus.organisations.models import CompanySecurity
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer():
    made = company()
    with clock.at(people.NOON):
        yield made


def test_the_sign_in_page_ends_a_session_that_is_over_instead_of_leading_in_circles(customer):
    ask(customer, idle_minutes=15)
    client = inside()
    with clock.at(people.NOON + timedelta(minutes=20)):
        answer = client.get("/login/?next=/help/", follow=True)
        assert answer.status_code == 200
        assert "sessions end after 15 minutes without use" in words(answer)
        assert not opens(client)


def test_R18_the_rules_are_changed_only_with_the_password_anew(customer):
    client = inside()
    with clock.at(people.NOON + timedelta(minutes=6)):
        for answer in (client.get(FORM), client.post(FORM, form(methods=["passkey"]))):
            assert answer.status_code == 302
            assert answer.url.startswith("/account/confirm/")
    assert records() == []


def test_codes_by_mail_alone_are_refused_and_help_tells_nothing_to_who_is_kept_out(customer):
    client = inside()
    answer = client.post(FORM, form(methods=["code"]))
    assert answer.status_code == 422
    assert "Allow the password or a passkey beside codes by mail" in words(answer)
    member = inside(MEMBER)
    assert "Please name your customer number" in words(member.get("/help/"))
    ask(customer, factor_for="all", factor_from=TODAY)
    assert "Please name your customer number" not in words(member.get("/help/"))


def test_reset_factors_lets_an_owner_in_again_where_only_passkeys_were_allowed(customer):
    passkey(OWNER)
    ask(customer, methods=frozenset({"passkey"}))
    reset_factors(OWNER)
    assert opens(inside())
    with scopes_disabled():
        assert CompanySecurity.objects.get().by_password
        assert Record.objects.filter(deed="let_owner_in").count() == 1
