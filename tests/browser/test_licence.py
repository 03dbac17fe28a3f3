"""Offline licence and token in a real browser: the clipboard gets all of it, and a token is shown once."""

import contextlib
import re

import pytest
from playwright.sync_api import Error, expect

from tests.browser.test_pages import check_page
from tests.browser.test_people import link_mailed

CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.fixture
def token(portal):
    """A further token of a contract of the demo; those of the other tests go on working."""
    code = """
        from torhaus.journeys.issue_token import issue_token
        from torhaus.subscriptions.queries import contract_numbered_across_customers
        contract = contract_numbered_across_customers("V-10517-1")
        print("TOKEN", issue_token(contract_ref=contract.ref, prefix="acme", overlap="7d", by=people.SYSTEM).token.text)
    """
    return portal.here.python(code).split("TOKEN ")[1].strip()


def clipboard(page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


def issue(visitor) -> None:
    visitor.open("/licence/")
    visitor.page.locator("form[action='/licence/issue/'] button").click()
    visitor.page.wait_for_selector("#licence-text")


@pytest.mark.parametrize(("width", "language", "said"), [(1280, "en", "Copied"), (390, "de", "Kopiert")])
def test_B7_B26_copy_puts_the_whole_licence_on_the_clipboard(visit, token, width, language, said):
    visitor = visit(language, width=width)
    visitor.context.grant_permissions(CLIPBOARD)
    visitor.sign_in(token)
    issue(visitor)
    page = visitor.page
    text = page.input_value("#licence-text")
    file = page.request.get(visitor.portal.url + page.get_attribute("a[href^='/licence/files/']", "href")).text()
    page.click("[data-copy=licence-text]")
    assert page.text_content(".toasts[aria-live=polite] .toast") == said
    assert clipboard(page) == text.strip() == file.strip()
    assert text.startswith("-----BEGIN TORHAUS LICENCE-----")
    page.evaluate("navigator.clipboard.writeText('')")
    page.focus("[data-copy=licence-text]")
    page.keyboard.press("Enter")
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('END TORHAUS'))")
    assert page.get_attribute("#licence-text", "readonly") is not None
    box = page.locator("#licence-text").bounding_box()
    assert box["height"] > 250, "a box one can read in"
    assert box["x"] + box["width"] <= width
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.getElementById('licence-text'))"), "it wraps"


def test_B7_copy_puts_the_whole_new_token_on_the_clipboard_although_masked(visit, token):
    visitor = visit()
    visitor.context.grant_permissions(CLIPBOARD)
    visitor.sign_in(token)
    visitor.open("/licence/reset-token/")
    page = visitor.page
    page.check("input[name=overlap][value='7d']")
    page.locator("main form button.pri").click()
    page.wait_for_selector("#token", state="attached")
    text = page.text_content("#token").strip()
    assert not page.is_visible("#token"), "masked"
    assert text not in page.inner_text("body")
    page.click("[data-copy=token]")
    page.wait_for_selector(".toast")
    assert clipboard(page) == text
    page.click("details.more summary")
    assert page.is_visible("#token")
    page.click("main a.pri")
    page.wait_for_url(re.compile("/licence/$"))
    assert text not in page.content()
    assert "You are signed in with this one" in page.inner_text("#main")
    with contextlib.suppress(Error):  # Chromium asks whether to send the form again
        page.go_back()
    assert text not in settled_content(page), "going back does not show it again"


def settled_content(page):
    """The page's content, once it has stopped going anywhere."""
    for _ in range(50):
        with contextlib.suppress(Error):
            return page.content()
        page.wait_for_timeout(100)
    raise AssertionError("the page goes on and on")


def test_a_reload_of_the_new_token_replaces_nothing(visit, token):
    visitor = visit(tolerate=("409",))
    visitor.sign_in(token)
    visitor.open("/licence/reset-token/")
    page = visitor.page
    page.check("input[name=overlap][value='7d']")
    page.locator("main form button.pri").click()
    page.wait_for_selector("#token", state="attached")
    text = page.text_content("#token").strip()
    page.reload()
    assert "Nothing was replaced now." in page.inner_text("#main")
    assert text not in page.content()


@pytest.mark.parametrize("language", ["en", "de"])
def test_without_javascript_the_licence_is_selectable_and_the_file_downloads(visit, token, language):
    visitor = visit(language, width=390, scripts=False)
    visitor.sign_in(token)
    issue(visitor)
    page = visitor.page
    assert not page.is_visible("[data-copy=licence-text]")
    with page.expect_download() as started:
        page.locator("main .row a[href^='/licence/files/']").first.click()
    download = started.value
    assert re.fullmatch(r"V-10517-1-\d+\.licence\.txt", download.suggested_filename)
    assert download.path().read_text().startswith("-----BEGIN TORHAUS LICENCE-----")


@pytest.mark.parametrize(("language", "width"), [("de", 390), ("en", 1280)])
def test_R61_the_way_of_a_lost_token(visit, portal, token, language, width):
    """Every step is accessible, also the ones no other page leads to."""
    with_mail = portal.here.python(
        """
        from torhaus.organisations.models import Contact
        from torhaus.subscriptions.queries import contract_numbered_across_customers
        contract = contract_numbered_across_customers("V-10517-1")
        with scopes_disabled():
            mail = f"lost-{Contact.objects.count()}@example.com"
            Contact.objects.create(customer=contract.customer, role="technical", name="Lea", mail=mail)
        print("MAIL", mail)
        """
    )
    mail = with_mail.split("MAIL ")[1].strip()
    visitor = visit(language, width=width, tolerate=("410",))
    page = visitor.page
    visitor.open("/login/")
    page.click("a[href='/lost-token/']")
    page.fill("input[name=number]", "V-10517-1")
    page.fill("input[name=mail]", mail)
    page.locator("main form button.pri").click()
    page.wait_for_url(re.compile(r"\?sent=1"))
    assert check_page(visitor, "/lost-token/?sent=1", width) == []
    visitor.open(link_mailed(portal, r"/lost-token/[0-9A-Za-z]{12}/[0-9a-f]{40}/"))
    assert page.url.endswith("/lost-token/new/"), "the code is out of the address"
    assert check_page(visitor, "/lost-token/new/", width) == []
    page.check("input[name=overlap][value='7d']")
    page.locator("main form button.pri").click()
    page.wait_for_selector("#token", state="attached")
    new = page.text_content("#token").strip()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(portal.url + "/lost-token/new/")
    expect(page.locator("h1")).to_have_count(1)
    assert new not in page.content()
    visitor.sign_in(new)
