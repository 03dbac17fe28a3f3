"""Headers and cookies of every answer (R23 to R27, R41), and what an answer costs the database."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from django.conf import settings as project
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from tests import people
from tests.doors import signed_in, staff_client
from tests.routes import all_routes

pytestmark = pytest.mark.django_db
PUBLIC = ["/login/", "/help/", "/legal-notice/", "/accessibility/", "/nowhere/", "/health/live", "/brand.css", "/"]
DERIVED = ("SESSION_COOKIE_", "CSRF_COOKIE_", "LANGUAGE_COOKIE_", "SECURE_")


@pytest.fixture
def token():
    people.vendor()
    return people.token(people.contract(people.customer()))


@pytest.fixture
def https(settings):
    """The settings as they are with TORHAUS_HTTPS, read in a process of its own."""
    code = (
        "import json; from torhaus.config import settings as s;"
        f"print(json.dumps({{n: getattr(s, n) for n in dir(s) if n.startswith({DERIVED!r})}}))"
    )
    environment = os.environ | {"TORHAUS_HTTPS": "true"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True)
    for name, value in json.loads(done.stdout).items():
        setattr(settings, name, value)
    settings.OPTIONS = replace(settings.OPTIONS, https=True)


def test_R23_all_cookies_are_secure_host_only_and_same_site(https, token):
    client = Client()
    extra = {"secure": True}
    client.get("/login/", **extra)
    client.post("/preferences/language/", {"language": "de"}, **extra)
    client.post("/preferences/theme/", {"theme": "dark"}, **extra)
    client.post("/login/", {"token": token}, **extra)
    seen = dict(client.cookies)
    client.post("/logout/", **extra)
    seen = dict(client.cookies) | seen  # signing out deletes the session's
    assert set(seen) == {
        "__Host-torhaus_csrf", "__Host-torhaus_session", "__Host-torhaus_language", "__Host-torhaus_theme",
        "__Host-torhaus_messages",
    }  # fmt: skip
    for name, cookie in seen.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["path"] == "/", name
        assert cookie["domain"] == "", name
        assert cookie["samesite"] == "Lax", name


def test_R23_cookies_are_unreadable_for_scripts_without_https_too(token):
    client = signed_in(token)
    client.get("/help/")
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in client.cookies.values())


def test_R24_hsts_is_on_every_answer(https, token):
    for url in PUBLIC:
        header = Client().get(url, secure=True)["Strict-Transport-Security"]
        assert int(header.split("max-age=")[1].split(";")[0]) >= 365 * 24 * 3600
        assert "includeSubDomains" in header


def test_R25_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(token):
    for url in PUBLIC:
        policy = Client().get(url)["Content-Security-Policy"]
        directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert "unsafe" not in policy
        assert "http" not in policy
        for name in ("default-src", "object-src", "base-uri", "frame-ancestors"):
            assert directives[name] == "'none'", url
        assert directives["script-src"] == directives["style-src"] == directives["form-action"] == "'self'"


def test_R25_no_page_holds_inline_script_or_style(token):
    for client in (Client(), signed_in(token)):
        for url in ("/login/", "/help/", "/contracts/add/", "/nowhere/", "/legal-notice/"):
            page = client.get(url, follow=True).content.decode()
            assert "<style" not in page
            assert " style=" not in page
            assert "<script>" not in page
            assert " onclick" not in page


def test_R26_nosniff_and_referrer_policy_are_everywhere(token):
    for url in PUBLIC:
        response = Client().get(url)
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Frame-Options"] == "DENY"


def test_R41_pages_are_never_stored(token):
    for client in (Client(), signed_in(token), staff_client(people.staff())):
        for url in ("/login/", "/help/", "/contracts/add/", "/nowhere/", "/staff/"):
            response = client.get(url)
            assert "no-store" in response["Cache-Control"] or response.status_code == 302, url


# Mail programs post there without a cookie or a token (RFC 8058); what lets them is the code in the address.
BY_CODE = {"web:end_release_mails", "web:end_report_mails", "web:open_seat_reminders"}


def url_of(route) -> str:
    return reverse(route.name, kwargs=dict.fromkeys(route.parameters, "1")) if route.parameters else reverse(route.name)


def reachable_routes():
    for route in all_routes():
        try:
            yield route, url_of(route)
        except NoReverseMatch:  # admin's own redirects have no name
            continue


@pytest.mark.slow
def test_R27_every_unsafe_request_without_its_form_token_is_refused(token):
    client = Client(enforce_csrf_checks=True)
    checked = 0
    for route, url in reachable_routes():
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            # Programs bring a token with each request, which no form of another site can: they have to.
            refused = 401 if route.access and route.access.audience == "token" else 403
            answer = client.generic(method, url)
            # What takes files asks for the token once it knows who may enter; a stranger does not get so far.
            later = getattr(route.view, "asks_for_form_token", False) and answer.status_code == 302
            one_click = route.name in BY_CODE and answer.status_code == (404 if method == "POST" else 405)
            assert later or one_click or answer.status_code == refused, (route.name, method)
            checked += 1
    assert checked > 40


def test_R27_what_changes_something_refuses_get(token):
    client = signed_in(token)
    for name in ("sign_out", "switch_contract", "set_language", "set_theme"):
        assert client.get(reverse(f"web:{name}")).status_code == 405


def test_R27_no_view_is_exempt_from_form_tokens():
    by_session = [route for route in all_routes() if not (route.access and route.access.audience == "token")]
    exempt = [route for route in by_session if getattr(route.view, "csrf_exempt", False) and route.name not in BY_CODE]
    assert [route.name for route in exempt if not getattr(route.view, "asks_for_form_token", False)] == []


def queries(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return [query["sql"] for query in captured]


def test_public_pages_ask_only_for_the_vendor(token):
    client = Client()
    client.get("/login/")
    assert queries(client, "/health/live") == []
    for url in ("/login/", "/legal-notice/", "/brand.css"):
        assert len(queries(client, url)) == 1, url
    assert len(queries(client, "/help/")) == 2  # and the articles
    assert len(queries(client, "/nowhere/")) == 1


def test_the_frame_of_a_signed_in_page_costs_three_queries(token):
    client = signed_in(token)
    client.get("/contracts/add/")
    found = queries(client, "/contracts/add/")
    assert len(found) == 3, found  # session, vendor, token with contract and customer


def test_a_second_contract_costs_one_query_more(token):
    client = signed_in(token)
    client.post("/contracts/add/", {"token": people.token(people.contract(people.customer("2"), number="V2"))})
    client.get("/contracts/add/")
    assert len(queries(client, "/contracts/add/")) == 4


def test_static_files_are_answered_before_session_and_vendor():
    order = project.MIDDLEWARE
    assert order.index("whitenoise.middleware.WhiteNoiseMiddleware") < order.index(
        "django.contrib.sessions.middleware.SessionMiddleware"
    )
