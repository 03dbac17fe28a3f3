"""By name in a real browser: from staff's invitation to the portal, and to another password. Every page accessible."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import check_here, check_page

PASSWORD = "four-uncommon-words-here"


def link_mailed(portal, pattern: str) -> str:
    """The newest link of a pattern, once the worker has sent all mails: what people wait for goes before the others."""
    portal.here.python(
        """
        from torhaus.work.runner import Worker
        while Worker().run_once():
            pass
        """
    )
    sent = sorted((portal.here.data_dir / "mails").glob("*.eml"), key=lambda path: -path.stat().st_mtime_ns)
    texts = (path.read_text("utf-8").replace("=\n", "").replace("=3D", "=") for path in sent)
    return next(found[0] for text in texts if (found := re.search(pattern, text)))


def customer_for(portal, mail: str) -> str:
    """A customer of the demo for ``mail`` alone, with two contracts."""
    code = f"""
        of = people.customer(number={mail!r}, name="Länderübergreifende Versorgungswerke Süd GmbH & Co. KG")
        people.contract(of, number="P1-" + of.ref), people.contract(of, number="P2-" + of.ref)
        print("REF", of.ref)
    """
    return portal.here.python(code).split("REF ")[1].strip()


@pytest.mark.parametrize(
    ("language", "theme", "width", "scripts"),
    [("de", "light", 390, True), ("en", "dark", 1280, True), ("de", "dark", 1280, True), ("en", "light", 390, False)],
)
def test_from_the_invitation_to_the_portal_and_to_another_password(visit, portal, language, theme, width, scripts):
    mail = f"owner-{language}-{theme}@example.com"
    ref = customer_for(portal, mail)
    staff = visit(language, theme, width)
    staff.sign_in_staff()
    staff.open(f"/staff/customers/{ref}/owner/")
    staff.page.fill("input[name=name]", "Jo Sommer")
    staff.page.fill("input[name=mail]", mail)
    staff.page.locator("main form button.pri").click()
    staff.page.wait_for_url(re.compile(rf"/customers/{ref}/$"))
    assert check_page(staff, f"/staff/customers/{ref}/", width) == []
    assert check_page(staff, f"/staff/customers/{ref}/owner/", width) == []

    visitor = visit(language, theme, width, scripts=scripts, tolerate=("422", "410"))
    page = visitor.page
    visitor.open(link_mailed(portal, r"/invitation/[0-9A-Za-z]{12}/[0-9a-f]{40}/"))
    assert page.url.endswith("/invitation/"), "the code is out of the address"
    looks(visitor, "/invitation/", width, scripts)
    page.fill("input[name=name]", "Jo Sommer")
    page.fill("input[name=password]", "short")
    page.locator("main form button.pri").click()
    expect(page.locator(".note.bad")).to_have_count(1)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button.pri").click()
    page.wait_for_url(re.compile("/login/"))
    looks(visitor, "/login/", width, scripts)
    sign_in(page, mail, "wrong-wrong-wrong")
    expect(page.locator("#id_password_error")).to_have_count(1)
    sign_in(page, mail, PASSWORD)
    page.wait_for_url(re.compile("/contracts/"))
    looks(visitor, "/contracts/", width, scripts)
    page.locator("main .choices button").nth(1).click()
    page.wait_for_url(re.compile("/dashboard/"))
    assert "P2-" in page.content()
    looks(visitor, "/dashboard/", width, scripts)
    for path in (
        "/seats/",
        "/members/invite/",
        "/members/invite-several/",
        "/members/",
        "/settings/security/change/",
        "/settings/account/reports/add/",
        "/seats/import/",
    ):
        looks(visitor, path, width, scripts)
    file = {"name": "seats.csv", "mimeType": "text/csv", "buffer": b"Kind;Email\nnone;kim@example.com\n" * 2}
    page.set_input_files("input[name=file]", file)
    page.locator("main form button.pri").first.click()
    expect(page.locator("main tbody tr")).to_have_count(3)
    assert not scripts or check_here(visitor, "/seats/import/", width) == []
    visitor.open("/settings/account/reports/add/")
    page.fill("input[name=mail]", "rita@extern.example")
    page.select_option("select[name=when]", "m31")
    page.locator("main form button.pri").click()
    page.wait_for_url(re.compile("/reports/$"))
    assert "rita@extern.example" in page.locator("section:has(#reports) tbody").inner_text()
    for path in ("/settings/account/reports/", "/settings/account/price-plan/"):
        looks(visitor, path, width, scripts)
    visitor.open("/members/invite/")
    page.fill("input[name=name]", "Kim Beispiel-Mustermann")
    page.fill("input[name=mail]", f"kim-{mail}")
    page.locator("main form button.pri").click()
    page.wait_for_url(re.compile("/members/$"))
    with page.expect_navigation():
        page.locator("main tbody a").last.click()
    looks(visitor, page.url.removeprefix(portal.url), width, scripts)
    page.select_option("select[name=role]", "auditor")
    page.locator("main form button.pri").click()
    page.wait_for_url(re.compile("/members/$"))
    expect(page.locator("main tbody tr")).to_have_count(2)
    looks(visitor, "/members/", width, scripts)
    portal.here.python("from torhaus.records.actions import seal_records\nseal_records()")
    looks(visitor, "/activity/", width, scripts)
    page.fill("input[name=about]", "kim")
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile(r"about=kim"))
    expect(page.locator("main tbody tr")).to_have_count(2)
    hand_over(portal, visitor, visit(language, theme, width), mail, ref, width, scripts)

    visitor.open("/lost-password/")
    page.fill("input[name=mail]", mail)
    page.locator("main form button.pri").click()
    page.wait_for_url(re.compile(r"\?sent=1"))
    looks(visitor, "/lost-password/?sent=1", width, scripts)
    visitor.open(link_mailed(portal, r"/lost-password/[0-9A-Za-z]{12}/[0-9a-f]{40}/"))
    looks(visitor, "/lost-password/new/", width, scripts)
    page.fill("input[name=password]", PASSWORD + "-too")
    page.locator("main form button.pri").click()
    page.wait_for_url(re.compile("/login/"))
    page.goto(portal.url + "/lost-password/new/")
    expect(page.locator("h1")).to_have_count(1)
    page.goto(portal.url + "/dashboard/")
    assert "/login/" in page.url, "signed out everywhere"


def hand_over(portal, owner, successor, mail: str, ref: str, width: int, scripts: bool) -> None:
    """The owner offers the account to somebody, who looks at the offer; then the owner withdraws it."""
    portal.here.python(
        f"""
        from torhaus.organisations.models import Customer
        with scopes_disabled():
            of = Customer.objects.get(ref={ref!r})
        people.member(of, "member", mail="lee-{mail}")
        """
    )
    owner.open("/members/")
    with owner.page.expect_navigation():
        owner.page.get_by_role("link", name="Jo Member").click()
    looks(owner, owner.page.url.removeprefix(portal.url), width, scripts)
    owner.page.check("input[name=sure]")
    owner.page.locator("form[action$='/offer-ownership/'] button").click()
    owner.page.wait_for_url(re.compile("/members/$"))
    looks(owner, "/members/", width, scripts)
    successor.open("/login/")
    sign_in(successor.page, f"lee-{mail}", "correct-horse-battery-staple")
    successor.page.wait_for_url(re.compile("/contracts/"))
    looks(successor, "/ownership/", width, scripts)
    owner.page.locator("form[action='/ownership/withdraw/'] button").click()
    owner.page.wait_for_url(re.compile("/members/$"))
    expect(owner.page.locator("form[action='/ownership/withdraw/']")).to_have_count(0)


def sign_in(page, mail: str, password: str) -> None:
    page.fill("input[name=mail]", mail)
    page.fill("input[name=password]", password)
    page.locator("form[action='/login/person/'] button.pri").click()


def looks(visitor, path: str, width: int, scripts: bool) -> None:
    """Look at the page; axe itself needs scripts."""
    if scripts:
        assert check_page(visitor, path, width) == []
    else:
        visitor.open(path)
