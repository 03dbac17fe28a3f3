"""Error pages: the portal's design, what to do next, one request id everywhere, and nothing that leaks (R39, R84)."""

import json
import re

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from django_scopes import scopes_disabled

from tests import people
from tests.doors import signed_in, staff_client
from torhaus.frame.access import public, staff_may, viewer_may
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db
SECRET_DETAIL = "the inner detail nobody outside may read"


@public
def broken(request):
    raise RuntimeError(SECRET_DETAIL)


def undeclared(request):
    return HttpResponse("open to all by mistake")


@viewer_may("see_invoices")
def invoices_only(request):
    return HttpResponse("invoices")


@staff_may("use_admin")
def administrators_only(request):
    return HttpResponse("raw data")


urlpatterns = [
    path("broken/", broken),
    path("undeclared/", undeclared),
    path("invoices-only/", invoices_only),
    path("administrators-only/", administrators_only),
    path("", include("torhaus.config.urls")),
]
handler400 = "torhaus.frame.errors.bad_request"
handler403 = "torhaus.frame.errors.forbidden"
handler404 = "torhaus.frame.errors.not_found"
handler500 = "torhaus.frame.errors.server_error"


@pytest.fixture(autouse=True)
def urls(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def token():
    people.vendor(support_mail="support@acme.example", support_phone="+49 211 999")
    return people.token(people.contract(people.customer(language="en")))


def quiet() -> Client:
    return Client(raise_request_exception=False)


def test_404_is_a_page_of_the_portal_in_both_languages(token):
    page = Client().get("/nowhere/")
    assert page.status_code == 404
    assert "Page not found" in page.content.decode()
    german = Client(headers={"Accept-Language": "de"}).get("/nowhere/").content.decode()
    assert "Seite nicht gefunden" in german
    assert 'lang="de"' in german
    assert "Nordwind" in signed_in(token).get("/nowhere/").content.decode()  # the frame stays


def test_403_says_whom_to_ask(token):
    people.vendor(token_sees_invoices=False, support_mail="support@acme.example", support_phone="+49 211 999")
    response = signed_in(token).get("/invoices-only/")
    assert response.status_code == 403
    page = response.content.decode()
    assert "support@acme.example" in page
    assert 'href="tel:+49211999"' in page
    assert "the owner of your organisation" in page


def test_403_sends_staff_to_an_administrator(token):
    response = staff_client(people.staff("sales")).get("/administrators-only/")
    assert response.status_code == 403
    assert "Ask an administrator of the back office" in response.content.decode()


def test_an_undeclared_view_opens_for_nobody(token):
    for client in (quiet(), staff_client(people.staff())):
        client.raise_request_exception = False
        response = client.get("/undeclared/")
        assert response.status_code == 500
        assert b"by mistake" not in response.content


def test_R84_one_request_id_in_log_record_header_and_page(token, log):
    wanted = "0123456789abcdef0123456789abcdef"
    client = quiet()
    client.post("/login/", {"token": token}, headers={"X-Request-ID": wanted})
    with scopes_disabled():
        assert Record.objects.last().request_id == wanted
    response = client.get("/broken/", headers={"X-Request-ID": wanted})
    assert response.status_code == 500
    assert response["X-Request-ID"] == wanted
    assert f"<code>{wanted}</code>" in response.content.decode()
    entries = [json.loads(line) for line in log.getvalue().splitlines()]
    assert any(entry["request_id"] == wanted and SECRET_DETAIL in entry.get("error", "") for entry in entries)


@pytest.mark.parametrize("given", ["", "short", "x" * 40, "<script>alert(1)</script>", "a b c d e f g h i"])
def test_R84_a_malformed_request_id_is_replaced(token, given):
    response = Client().get("/login/", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])


def test_R39_errors_leak_nothing(token):
    client = quiet()
    for method, url in (("GET", "/broken/"), ("GET", "/nowhere/"), ("POST", "/broken/"), ("GET", "/%00/")):
        page = client.generic(method, url).content.decode()
        for leak in (SECRET_DETAIL, "Traceback", "RuntimeError", "/src/", "DJANGO", "settings", "SECRET"):
            assert leak not in page, (url, leak)


def test_R39_a_strange_host_gets_a_bare_400(token):
    response = quiet().get("/login/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()


def test_503_is_shown_with_the_database_down(token):
    client = signed_in(token)
    client.raise_request_exception = False

    def down(execute, sql, params, many, context):
        raise OperationalError("server closed the connection to db.internal")

    client.cookies["torhaus_theme"] = "dark"
    with connection.execute_wrapper(down):
        for url in ("/login/", "/dashboard/", "/help/"):
            response = client.get(url)
            assert response.status_code == 503, url
            assert response["Retry-After"] == "10"
            page = response.content.decode()
            assert "so nothing was changed" in page
            assert '<html lang="en" data-theme="dark">' in page
            assert response["X-Request-ID"] in page
            assert "db.internal" not in page
        assert client.get("/nowhere/").status_code == 404
        assert client.get("/health/live").status_code == 200
        ready = client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json() == {"status": "database unavailable"}
        assert ready["Cache-Control"] == "no-store"
    assert client.get("/health/ready").json() == {"status": "ready"}
    assert client.get("/contracts/add/").status_code == 200  # recovered without a restart


def test_without_a_vendor_every_page_says_how_to_set_up():
    for url in ("/", "/login/", "/help/", "/contracts/add/", "/staff/"):
        response = quiet().get(url)
        assert response.status_code == 503, url
        assert "torhaus demo" in response.content.decode()
        assert response["Retry-After"] == "60"
    assert Client().get("/health/ready").status_code == 200
    assert Client().get("/brand.css").status_code == 200


def test_a_form_without_its_token_is_explained(token):
    response = Client(enforce_csrf_checks=True).post("/login/", {"token": token})
    assert response.status_code == 403
    assert "This form is no longer valid" in response.content.decode()
    assert 'href="/login/"' in response.content.decode()


def test_R42_denials_are_logged(token, log):
    people.vendor(token_sees_invoices=False)
    signed_in(token).get("/invoices-only/")
    staff_client(people.staff("sales")).get("/administrators-only/")
    Client(enforce_csrf_checks=True).post("/login/", {"token": token})
    entries = [json.loads(line) for line in log.getvalue().splitlines()]
    found = [entry for entry in entries if entry["logger"] == "torhaus.security" and entry["level"] == "WARNING"]
    assert [entry["message"] for entry in found] == ["denied", "denied", "form refused"]
    assert found[0]["right"] == "see_invoices"
    assert found[1]["right"] == "use_admin"
    assert all(entry["at"].endswith("+00:00") and entry["request_id"] for entry in found)


def test_405_is_a_page_too(token):
    response = Client().get("/logout/")
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "This address only takes forms" in response.content.decode()


def test_an_error_page_speaks_the_vendors_language_to_a_browser_that_names_none_of_ours(token):
    people.vendor(language="de")
    assert "Seite nicht gefunden" in Client(headers={"Accept-Language": "fr"}).get("/nowhere/").content.decode()
