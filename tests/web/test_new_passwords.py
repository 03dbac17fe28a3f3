"""R1: new passwords that are short, common, expected or stolen elsewhere are refused, and the page says why and what to do."""

import hashlib
from dataclasses import replace

import pytest

from tests import people
from tests.web.test_account import enter, records
from tests.web.visitors import words
from torhaus.accounts.models import User

pytestmark = pytest.mark.django_db
GOOD = "four-uncommon-words-here"


@pytest.fixture
def owner():
    people.vendor()
    contract = people.contract(people.customer(language="en"))
    return people.member(contract.customer)


def change(to: str, language="en"):
    User.objects.update(language=language)
    client = enter(**{"accept-language": language})
    return client.post("/account/password/", {"current": people.PASSWORD, "password": to})


@pytest.fixture
def stolen(tmp_path, settings):
    """A list of passwords from stolen data that has GOOD, and the setting that names it."""
    path = tmp_path / "pwned.txt"
    digests = sorted(hashlib.sha1(one.encode()).hexdigest().upper() for one in (GOOD, "another one that was stolen"))
    path.write_text("".join(f"{one}:3\r\n" for one in digests))
    settings.OPTIONS = replace(settings.OPTIONS, breached_passwords=str(path))
    return path


@pytest.mark.parametrize("password", ["short", "fourteen chars", "é" * 14])
def test_R1_fewer_than_15_characters_are_refused(owner, password):
    answer = change(password)
    assert answer.status_code == 422
    assert "This password has fewer than 15 characters. Take a few words" in words(answer)


@pytest.mark.parametrize(
    "password",
    ["1q2w3e4r5t6y7u8i9o0p", "passwordpassword", "Password123456789", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaaaaaa",
     "abcdefghijklmnopqrst", "iloveyouiloveyou", "P@$$w0rdP@$$w0rd", "20262026202620262026", "localhostlocalhost"],
)  # fmt: skip
def test_R1_common_passwords_and_patterns_of_them_are_refused(owner, password):
    answer = change(password)
    assert answer.status_code == 422
    assert "among those that attackers try first" in words(answer)
    assert records("change_password") == []


@pytest.mark.parametrize("password", ["owner@nordwind.example", "Owner@Nordwind.example", "owner.nordwind.example"])
def test_R1_ones_own_address_is_refused(owner, password):
    answer = change(password)
    assert answer.status_code == 422
    assert "close to your name or email address" in words(answer)


def test_R1_a_password_from_stolen_data_is_refused_where_the_list_is_there(owner, stolen):
    answer = change(GOOD)
    assert answer.status_code == 422
    assert "found in data stolen elsewhere" in words(answer)
    assert "change it wherever else you use it" in words(answer)
    assert "in anderswo gestohlenen Daten" in words(change(GOOD, "de"))
    assert records("change_password") == []
    assert change("another-four-words-nobody-has").status_code == 302


@pytest.mark.parametrize("wrong", [None, "", "no list at all\n" * 1000])
def test_R1_while_the_list_cannot_be_read_no_password_is_taken_and_everybody_signs_in(owner, stolen, wrong, log):
    stolen.unlink() if wrong is None else stolen.write_text(wrong)
    answer = change(GOOD)
    assert answer.status_code == 422
    assert "New passwords cannot be checked just now" in words(answer)
    assert "passwords cannot be checked" in log.getvalue()
    assert GOOD not in log.getvalue()
    enter()


@pytest.mark.parametrize("password", [GOOD, "summer, winter, or autumn?", "drei Wörter für Zoë", "p" + "q7!xZ" * 200])
def test_R1_a_long_password_of_any_signs_is_taken(owner, password):
    assert change(password).status_code == 302


def test_R1_staff_get_no_weaker_one(owner):
    people.staff("billing")
    client = enter()
    answer = client.post("/staff/sign-in/", {"mail": "billing@acme.example", "password": people.PASSWORD})
    assert answer.status_code == 302
    answer = client.post("/account/password/", {"current": people.PASSWORD, "password": "passwordpassword"})
    assert "among those that attackers try first" in words(answer)
