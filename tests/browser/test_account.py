"""My account in a real browser: app, recovery codes and a passkey of a virtual authenticator, and signing in by each."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.authenticator import code_of
from tests.browser.test_pages import SMALL_TARGETS, check_page
from tests.browser.test_people import sign_in
from tests.servers import serving

PASSWORD = "correct-horse-battery-staple"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PAGES = ("/account/", "/account/confirm/", "/account/password/", "/account/mail/", "/account/app/off/", "/account/passkeys/new/",
         "/account/recovery-codes/")  # fmt: skip


@pytest.fixture(scope="module")
def portal():
    """An installation of its own: passkeys belong to a name, and the others are visited by their address."""
    with serving(login_attempts="500", public_url="http://localhost") as here:
        here.python("people.vendor()")
        yield SimpleNamespace(here=here, url=f"http://localhost:{here.port}")


def somebody(portal, mail: str) -> None:
    """A person of a customer with a contract."""
    portal.here.python(
        f"""
        of = people.customer(number={mail!r}, name="Länderübergreifende Versorgungswerke Süd GmbH & Co. KG")
        people.contract(of, number="A-" + of.ref)
        people.member(of, mail={mail!r})
        """
    )


def press(page, path: str = "") -> None:
    page.locator("main form .btn.pri").first.click()
    if path:
        page.wait_for_url(re.compile(path))


def set_up_app(visitor, width) -> str:
    """Set an app up and give its key."""
    page = visitor.page
    assert check_page(visitor, "/account/app/", width) == []
    secret = page.locator("#key").inner_text().replace(" ", "")
    page.fill("input[name=code]", code_of(secret))
    press(page)
    page.wait_for_selector("#recovery")
    assert len(page.locator("#recovery").inner_text().split("\n")) == 10
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert download.value.suggested_filename == "recovery-codes.txt"
    page.locator("main a.pri").click()
    page.wait_for_url(re.compile("/account/$"))
    return secret


def sign_out(page) -> None:
    page.locator("button[popovertarget=account]").click()
    page.locator("#account form button").click()
    page.wait_for_url(re.compile("/login/"))


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", 1280), ("de", "dark", 390)])
def test_R5_by_password_and_app_and_by_passkey(visit, portal, language, theme, width):
    mail = f"jo-{language}@example.com"
    somebody(portal, mail)
    visitor = visit(language, theme, width)
    page = visitor.page
    client = visitor.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    client.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    visitor.open("/login/")
    sign_in(page, mail, PASSWORD)
    page.wait_for_url(re.compile("/dashboard/"))
    page.locator("button[popovertarget=account]").click()
    page.locator("#account a").first.click()
    page.wait_for_url(re.compile("/account/$"))
    secret = set_up_app(visitor, width)
    visitor.open("/account/passkeys/new/")
    page.fill("input[name=name]", "Dienst-Laptop")
    press(page, "/account/$")
    expect(page.locator("main tbody tr"), "the passkey and the session").to_have_count(2)
    assert [fault for path in PAGES for fault in check_page(visitor, path, width)] == []
    visitor.open("/account/")
    assert page.evaluate(SMALL_TARGETS) == []

    sign_out(page)
    sign_in(page, mail, PASSWORD)
    page.wait_for_url(re.compile("/login/second-factor/"))
    assert check_page(visitor, "/login/second-factor/", width) == []
    page.fill("input[name=code]", code_of(secret, later=1))
    press(page, "/dashboard/")

    sign_out(page)
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(re.compile("/dashboard/"))

    sign_out(page)
    sign_in(page, mail, PASSWORD)
    page.wait_for_url(re.compile("/login/second-factor/"))
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(re.compile("/dashboard/"))

    visitor.open("/account/")
    with page.expect_navigation():
        page.locator("main tbody .f-b a").click()
    assert check_page(visitor, page.url.removeprefix(visitor.portal.url), width) == []
    page.locator("main form .btn.bad").click()
    page.wait_for_url(re.compile("/account/$"))
    expect(page.locator("main tbody tr")).to_have_count(1)
    records = portal.here.python(
        f"""
        from torhaus.accounts.models import User
        from torhaus.records.models import Record
        with scopes_disabled():
            rows = Record.objects.filter(actor_ref=User.objects.get(mail={mail!r}).ref).order_by("pk")
            print("DEEDS", [row.deed for row in rows if "passkey" in row.deed or "totp" in row.deed])
            print("BY", [row.after.get("factor") for row in rows if row.deed == "sign_in_person"])
        """
    )
    assert "DEEDS ['turn_on_totp', 'add_passkey', 'remove_passkey']" in records
    assert "BY [None, 'totp', 'passkey', 'passkey']" in records
