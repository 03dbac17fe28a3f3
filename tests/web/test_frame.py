"""The frame around every page: navigation, language, theme, preview, footer, standing pages."""

import re

import pytest
from django.test import Client

from tests import people
from tests.doors import signed_in, staff_client
from torhaus.frame.viewers import PREVIEW

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract():
    people.vendor()
    return people.contract(people.customer(language="en"))


@pytest.fixture
def token(contract):
    return people.token(contract)


def navigation(page: str) -> list[str]:
    nav = page.split('<nav class="nav"')[1].split("</nav>")[0]
    return [re.sub("<[^>]+>", "", link).strip() for link in re.findall(r"<a [^>]*>.*?</a>", nav)]


def text(client: Client, url: str = "/help/") -> str:
    return client.get(url).content.decode()


def test_the_navigation_holds_what_there_is(token):
    page = text(signed_in(token))
    assert navigation(page) == [
        "Dashboard",
        "Subscription",
        "Downloads",
        "Installations",
        "Usage",
        "Offline licence &amp; token",
        "Invoices",
        "Help",
    ]
    for url in re.findall(r'<nav class="nav".*?</nav>', page, re.DOTALL)[0].split('href="')[1:]:
        assert signed_in(token).get(url.split('"')[0]).status_code == 200


def test_what_the_viewer_may_not_see_is_not_offered(token):
    people.vendor(token_sees_invoices=False)
    assert navigation(text(signed_in(token))) == [
        "Dashboard",
        "Subscription",
        "Downloads",
        "Installations",
        "Usage",
        "Offline licence &amp; token",
        "Help",
    ]


def test_the_page_one_is_on_is_marked(token):
    page = text(signed_in(token), "/subscription/")
    assert re.search(r'href="/subscription/" aria-current="page"', page)
    assert page.count("aria-current") == 1


def test_a_stranger_sees_no_navigation_and_no_account(contract):
    page = text(Client())
    assert '<nav class="nav"' not in page
    assert "Sign out" not in page
    assert contract.number not in page


def test_landmarks_and_skip_link(token):
    page = text(signed_in(token))
    assert page.index('<a class="skip" href="#main">') < page.index("<header")
    assert page.count("<main") == page.count("<h1") == page.count("<footer") == 1
    assert 'popovertarget="nav"' in page  # the menu on phones works without a script


# Language


def test_the_browsers_language_is_spoken(contract):
    assert 'lang="de"' in text(Client(headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}))
    assert 'html lang="en"' in text(Client(headers={"Accept-Language": "en-US"}))


def test_else_the_vendors(contract):
    people.vendor(language="de")
    assert 'html lang="de"' in text(Client(headers={"Accept-Language": "fr"}))
    assert 'html lang="de"' in text(Client())
    assert 'html lang="en"' in text(Client(headers={"Accept-Language": "fr, en;q=0.3"}))


def test_the_switch_is_named_in_the_other_language_and_keeps_the_page(contract):
    client = Client()
    page = text(client, "/help/?a=1&b=2")
    assert re.search(r'<button[^>]*name="language" value="de" lang="de">.*Deutsch', page)
    assert 'name="next" value="/help/?a=1&amp;b=2"' in page
    response = client.post("/preferences/language/", {"language": "de", "next": "/help/?a=1&b=2"})
    assert response.url == "/help/?a=1&b=2"
    german = text(client)
    assert "Hilfe und Kontakt" in german
    assert re.search(r'<button[^>]*name="language" value="en" lang="en">.*English', german)


def test_a_language_there_is_not_changes_nothing(contract):
    client = Client()
    client.post("/preferences/language/", {"language": "../../etc"})
    assert "torhaus_language" not in client.cookies


def test_at_the_first_sign_in_the_customers_language_is_spoken(contract):
    german = people.token(people.contract(people.customer("2", language="de"), number="V2"))
    client = signed_in(german, headers={"Accept-Language": "en"})
    assert 'html lang="de"' in text(client)
    chosen = Client()
    chosen.post("/preferences/language/", {"language": "en"})
    chosen.post("/login/", {"token": german})
    assert 'html lang="en"' in text(chosen)  # a choice made before stands


# Theme


def test_the_theme_is_kept_in_a_cookie_and_set_by_the_server(contract):
    client = Client()
    assert "data-theme" not in text(client).split("<head>")[0]
    assert client.post("/preferences/theme/", {"theme": "dark", "next": "/help/"}).url == "/help/"
    page = text(client)
    assert '<html lang="en" data-theme="dark">' in page
    client.post("/preferences/theme/", {"theme": 'x"><script>'})
    assert 'data-theme="dark"' in text(client)
    client.cookies["torhaus_theme"] = 'x"><script>'
    assert "<script>" not in text(client)


# Staff who look on


def test_the_preview_is_marked_and_changes_nothing(contract):
    client = staff_client(people.staff("support", name="Sam Support"), **{PREVIEW: contract.ref})
    page = text(client, "/contracts/add/")
    assert "<b>Preview:</b> Sam Support sees the portal as Nordwind Logistik GmbH does." in page
    assert re.search(r'action="/staff/[^"]*"><input[^>]*><button class="btn sm">End preview', page)
    assert "Sign out" not in page  # neither the token's account menu
    assert client.post("/contracts/add/", {"token": "x"}).status_code == 403
    assert client.post("/contracts/switch/", {"contract": contract.ref}).status_code == 403


def test_a_role_without_the_right_has_no_preview(contract):
    client = staff_client(people.staff("release_manager"), **{PREVIEW: contract.ref})
    assert client.get("/contracts/add/").status_code == 302


# Standing pages


def test_the_legal_notice_is_the_vendors(contract):
    people.vendor(represented_by="Ada Beispiel", vat_id="DE123456789", register_entry="HRB 1, Amtsgericht Düsseldorf")
    page = text(Client(headers={"Accept-Language": "de"}), "/legal-notice/")
    for part in ("Impressum", "Acme Software GmbH", "Werkstraße 1", "40210 Düsseldorf", "Deutschland", "Ada Beispiel"):
        assert part in page
    assert "DE123456789" in page
    assert "HRB 1, Amtsgericht Düsseldorf" in page


def test_the_footer_names_the_customer_and_leads_to_the_vendor(token):
    people.vendor(links={"privacy": {"de": "https://acme.example/datenschutz", "en": "https://acme.example/privacy"}})
    page = text(signed_in(token))
    foot = page.split("<footer")[1]
    assert "Nordwind Logistik GmbH · Customer no. 10482" in foot
    assert 'href="https://acme.example/privacy"' in foot
    assert "Legal notice" in foot
    people.vendor(links={})
    assert "Privacy" not in text(signed_in(token)).split("<footer")[1]


def test_help_names_what_to_quote(token, contract):
    page = text(signed_in(token))
    assert f"customer number 10482 and contract {contract.number}" in page


def test_staff_keep_their_own_frame_on_error_and_standing_pages(contract):
    client = staff_client(people.staff("sales", name="Sascha Sales"))
    for url in ("/nowhere/", "/help/", "/legal-notice/", "/staff/"):
        page = text(client, url)
        assert '<header class="bar vendor">' in page, url
        assert "Vendor</span>" in page
        assert "Sascha Sales" in page
    assert navigation(text(client, "/help/")) == [
        "Customers",
        "Licence policies",
        "Booking requests",
        "Education terms",
        "Owners to recover",
    ]
    assert "Raw data" in navigation(text(staff_client(people.staff()), "/help/"))
    assert client.get("/").url == "/staff/"


def test_a_preview_under_way_is_not_shown_among_staff_pages(contract):
    client = staff_client(people.staff(), **{PREVIEW: contract.ref})
    page = text(client, "/staff/customers/")
    assert "Preview:" not in page
    assert '<header class="bar vendor">' in page
    assert "Preview:" in text(client, "/help/")
