"""Requests no browser makes by itself: they are answered plainly, cost nothing and end in no error of ours."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import people
from tests.doors import signed_in, staff_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def token():
    """The licence token of the one contract there is."""
    people.vendor()
    return people.token(people.contract(people.customer()))


@pytest.mark.parametrize("path", ["/login/", "/preferences/theme/", "/staff/sign-in/"])
def test_R31_a_file_is_refused_wherever_it_is_sent(token, path):
    answer = Client().post(path, {"token": "x", "theme": "dark", "file": SimpleUploadedFile("a.bin", b"a" * 100_000)})
    assert answer.status_code == 400


def test_R31_a_form_beyond_a_megabyte_is_refused(token):
    assert Client().post("/login/", {"token": "x" * 1_100_000}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/staff/customers/a%00/",
        "/staff/contracts/a%00/",
        "/staff/tokens/a%00/revoke/",
        "/staff/invoices/a%00/",
        "/staff/mails/a%00/",
        "/staff/admin/work/tick/a_00/change/",
        "/staff/admin/organisations/customer/?created_at__year=99999999999999999999999",
        "/staff/admin/subscriptions/contract/?created_at__year=-1",
    ],
)
def test_what_cannot_be_anything_is_not_found(token, path):
    answer = staff_client(people.staff()).get(path)
    assert answer.status_code in {302, 404}
    assert answer.status_code == 404 or answer["Location"] == "/staff/admin/"  # Django says there: no such row


def test_a_filter_with_a_null_character_breaks_no_raw_data(token):
    assert staff_client(people.staff()).get("/staff/admin/organisations/address/?kind=a%00b").status_code in {200, 404}


@pytest.mark.parametrize("path", ["/", "/login/", "/dashboard/", "/nowhere/", "/staff/"])
def test_a_cookie_with_a_null_character_is_no_session(token, path):
    answer = Client().get(path, HTTP_COOKIE='torhaus_session="abcdefgh\\000ijkl"')
    assert answer.status_code in {200, 302, 404}
    assert signed_in(token).get("/dashboard/").status_code == 200
