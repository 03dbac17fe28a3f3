"""Education terms in a real browser: asked for with a file, granted and ended by sales, seen by the customer, no scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import check_here
from tests.browser.test_people import looks, sign_in

PASSWORD = "correct-horse-battery-staple"
PAGE, STAFF = "/settings/account/education/", "/staff/education/"
PROOF = {"name": "Bestätigung <b>.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nproof\n"}


def owner_of_a_contract(portal, mail: str) -> str:
    """The owner of a customer of their own; the name of the customer."""
    name = f"Länderübergreifende Musikhochschule {mail}"
    portal.here.python(
        f"""
        of = people.customer(number={mail!r}, name={name!r})
        people.contract(of, number="E-" + of.ref)
        people.member(of, mail={mail!r})
        """
    )
    return name


@pytest.mark.parametrize(
    ("language", "theme", "width", "scripts"),
    [("de", "light", 390, True), ("en", "dark", 1280, True), ("de", "dark", 1280, False), ("en", "light", 390, True)],
)
def test_from_the_request_to_the_mark(visit, portal, language, theme, width, scripts):
    mail = f"edu-{language}-{theme}@example.com"
    name = owner_of_a_contract(portal, mail)
    owner = visit(language, theme, width, scripts=scripts, tolerate=("422",))
    page = owner.page
    owner.open("/login/")
    sign_in(page, mail, PASSWORD)
    page.wait_for_url(re.compile("/dashboard/"))
    looks(owner, PAGE, width, scripts)
    looks(owner, PAGE + "ask/", width, scripts)
    page.select_option("select[name=category]", "adult-education")
    page.locator("main form button.pri").click()
    expect(page.locator(".note.bad"), "a proof is needed").to_have_count(1)
    assert not scripts or check_here(owner, PAGE + "ask/", width) == []
    page.fill("textarea[name=statement]", "Kurse\n<script>alert(1)</script>")
    page.set_input_files("input[name=files]", PROOF)
    page.locator("main form button.pri").click()
    page.wait_for_url(re.compile(f"{PAGE}$"))
    assert not scripts or check_here(owner, PAGE, width) == []
    with page.expect_download() as download:
        page.locator("section[aria-labelledby=request] a").click()
    assert download.value.suggested_filename.endswith(".pdf")

    sales = visit(language, theme, width, tolerate=("422",))
    sales.sign_in_staff("sales")
    looks(sales, STAFF, width, True)
    sales.page.get_by_role("link", name=name).click()
    sales.page.wait_for_url(re.compile(rf"{STAFF}[0-9A-Za-z]{{12}}/$"))
    assert check_here(sales, STAFF, width) == []
    request = sales.page.url
    sales.page.locator("form[action$='/refuse/'] button").click()
    expect(sales.page.locator(".field .err"), "a reason is needed").to_have_count(1)
    assert check_here(sales, STAFF, width) == []
    sales.page.locator("form[action$='/grant/'] button").click()
    sales.page.wait_for_url(re.compile(f"{STAFF}$"))

    looks(owner, PAGE, width, scripts)
    expect(page.locator("section[aria-labelledby=standing] .tag.ok")).to_have_count(1)
    looks(owner, "/settings/account/price-plan/", width, scripts)
    assert "30 %" in page.locator("section[aria-labelledby=package]").inner_text()
    looks(owner, "/subscription/", width, scripts)

    sales.page.goto(request)
    sales.page.locator("main a[href$='/end/']").click()
    assert check_here(sales, STAFF, width) == []
    sales.page.locator("main form button.pri").click()
    expect(sales.page.locator(".field .err"), "a reason is needed").to_have_count(1)
    assert check_here(sales, STAFF, width) == []
    sales.page.fill("textarea[name=reason]", "Der Nachweis war <b>falsch</b>.")
    sales.page.locator("main form button.pri").click()
    expect(sales.page.locator("section[aria-labelledby=comes]")).to_have_count(1)
    assert check_here(sales, STAFF, width) == []
    sales.page.locator("button[value=confirm]").click()
    sales.page.wait_for_url(request)
    assert check_here(sales, STAFF, width) == []
    looks(owner, PAGE, width, scripts)
    assert "<b>falsch</b>" in page.locator("section[aria-labelledby=standing] .note.bad").inner_text()
