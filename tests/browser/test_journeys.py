"""The first journey as a person takes it: without JavaScript, with the keyboard only, and with the eye button."""

import re
from pathlib import Path

import pytest

from torhaus_sdk.tokens import MalformedToken, parse_token


def focused(page) -> str:
    return page.evaluate("(document.activeElement.textContent || document.activeElement.name || '').trim()")


@pytest.mark.parametrize(("language", "invoices"), [("en", "Invoices"), ("de", "Rechnungen")])
def test_the_journey_without_javascript(visit, portal, language, invoices):
    visitor = visit(language, width=390, height=844, scripts=False)
    page = visitor.page
    visitor.open("/login/")
    assert page.get_attribute("input[name=token]", "type") == "password"
    page.fill("input[name=token]", portal.main_token)
    page.click("main form button.pri")
    page.wait_for_url(re.compile("/dashboard/"))
    page.click(".menu-btn")
    page.wait_for_selector("#nav", state="visible")
    page.click(f"#nav >> text={invoices}")
    page.wait_for_url(re.compile("/invoices/"))
    page.locator("main table tbody a").first.click()
    page.wait_for_url(re.compile(r"/invoices/[0-9A-Za-z]{12}/"))
    # Theme and language are forms that work by themselves.
    before = page.get_attribute("html", "data-theme")
    page.locator("form[action*=theme] button").first.click()
    assert page.get_attribute("html", "data-theme") != before
    other = "Deutsch" if language == "en" else "English"
    page.locator(f"form[action*=language] button:has-text('{other}')").first.click()
    assert page.get_attribute("html", "lang") == ("de" if language == "en" else "en")
    assert re.search(r"/invoices/[0-9A-Za-z]{12}/", page.url)
    page.locator("[popovertarget=account]").click()
    page.locator("form[action*=logout] button").click()
    page.wait_for_url(re.compile("/login/"))
    page.goto(portal.url + "/dashboard/")
    assert "/login/" in page.url


def test_R61_the_journey_with_the_keyboard_only(visit, portal):
    visitor = visit()
    page = visitor.page
    visitor.open("/login/")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to content"
    for _ in range(15):
        if page.evaluate("document.activeElement.name") == "token":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(portal.main_token)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/dashboard/"))
    _tab_to(page, "Invoices")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/invoices/"))
    number = page.locator("main table tbody a").first.inner_text().strip()
    _tab_to(page, number)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"  # the focus is seen
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/invoices/[0-9A-Za-z]{12}/"))
    assert number in page.locator("h1").inner_text()


def _tab_to(page, text: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if text in focused(page):
            return
    raise AssertionError(f"{text!r} is not reached by Tab")


def test_B3_the_token_is_masked_until_the_eye_is_pressed(visit, portal):
    visitor = visit()
    page = visitor.page
    visitor.open("/login/")
    field = page.locator("input[name=token]")
    field.fill(portal.main_token)
    assert field.get_attribute("type") == "password"
    page.locator("[data-eye]").click()
    assert field.get_attribute("type") == "text"
    assert field.input_value() == portal.main_token
    page.locator("[data-eye]").click()
    assert field.get_attribute("type") == "password"


def test_the_menu_opens_and_closes_on_a_phone(visit, portal):
    visitor = visit(width=390, height=844)
    visitor.sign_in(portal.main_token)
    page = visitor.page
    assert not page.is_visible("#nav")
    page.click(".menu-btn")
    assert page.is_visible("#nav")
    page.keyboard.press("Escape")
    page.wait_for_selector("#nav", state="hidden")


def test_the_theme_stays_without_a_flash(visit, portal):
    visitor = visit()
    visitor.sign_in(portal.main_token)
    page = visitor.page
    page.locator("form[action*=theme] button").first.click()
    page.wait_for_function("document.documentElement.dataset.theme == 'dark'")
    page.wait_for_timeout(300)
    html = page.request.get(portal.url + "/invoices/").text()
    assert 'data-theme="dark"' in html  # the server knows it, so the first paint is right


TOKEN_LIKE = re.compile(r"[a-z][a-z0-9]{1,15}_[0-9A-Za-z]{12}_[0-9A-Za-z]{28}")


def test_R40_neither_addresses_nor_logs_hold_a_secret(visit, portal):
    """Signs in, mistypes, walks about, then looks through every address asked and all that was written."""
    visitor = visit(tolerate=("422",))
    page = visitor.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visitor.open("/login/")
    wrong = portal.main_token[:-30] + ("x" if portal.main_token[-30] != "x" else "y") + portal.main_token[-29:]
    page.fill("input[name=token]", wrong)
    page.click("main form button.pri")
    visitor.sign_in(portal.main_token)
    for path in ("/subscription/", "/invoices/?q=2026", "/dashboard/"):
        visitor.open(path)
    secret = portal.main_token.rsplit("_", 1)[1]
    written = "".join(
        path.read_text("utf-8", "replace")
        for path in Path(portal.here.data_dir).rglob("*")
        if path.suffix in {".txt", ".log", ".eml"} and path.name != "demo-login.txt"
    )
    for text in (*asked, written):
        assert secret not in text
        assert not [found for found in TOKEN_LIKE.findall(text) if _is_token(found)]


def _is_token(text: str) -> bool:
    try:
        parse_token(text)
    except MalformedToken:
        return False
    return True
