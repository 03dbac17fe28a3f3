"""Uploads in a real browser, by keyboard, with a line that breaks; and the pages that only links of mails lead to."""

import re

from playwright.sync_api import expect

from tests.browser.test_pages import AXE, RULES


def test_an_upload_goes_on_after_the_line_broke_and_is_said_in_words(visit, tmp_path):
    file = tmp_path / "acme-77.zip"
    file.write_bytes(bytes(range(256)) * 65536)  # 16 MiB
    visitor = visit(width=390, tolerate=("ERR_INTERNET",))
    visitor.sign_in_staff("release_manager")
    page = visitor.page
    visitor.open("/staff/releases/new/")
    page.focus("#id_version")
    page.keyboard.type("77.0")
    visitor.context.set_offline(True)
    with page.expect_file_chooser() as chooser:
        page.focus("#id_file_installation")
        page.keyboard.press("Enter")
    chooser.value.set_files(file)
    live = page.locator("[data-slot] [role=status]")
    live.filter(has_text="The connection broke").wait_for(state="attached", timeout=30_000)
    page.keyboard.press("Escape")
    page.click("button[value=publish]")
    assert page.url.endswith("/new/"), "nothing is sent before the file is here"
    visitor.context.set_offline(False)
    live.filter(has_text=re.compile(r": Uploaded completely\.")).wait_for(state="attached", timeout=60_000)
    named = page.locator("[name=upload_installation]").input_value()
    assert re.fullmatch(r"\w{12}", named), "the form names what was uploaded"


def test_the_pages_of_a_mails_links_are_accessible(visit, portal):
    code = """
    from torhaus.core.link_codes import code_of
    from torhaus.core import clock
    from torhaus.subscriptions.models import Contract
    with scopes_disabled():
        contract = Contract.objects.first()
        waits = people.release_subscription(contract, "w@x.example", asked_at=clock.now(), confirmed_at=None)
        print("PATHS", *(f"/release-mail/{waits.ref}/{code_of(waits.ref)}/{end}" for end in ("", "end/")))
    """
    paths = portal.here.python(code).split("PATHS")[1].split()
    for language, theme, width in (("en", "light", 1280), ("de", "dark", 390)):
        visitor = visit(language, theme, width)
        for path in paths:
            visitor.open(path)
            expect(visitor.page.locator("main button")).to_have_count(1)
            assert AXE.run(visitor.page, options=RULES).response["violations"] == []
            assert not visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth")
