"""Licences & seats as an owner sees them, with each deed's page, and the page of whoever was given a seat."""

import re

import pytest

from tests.browser.test_pages import SHIFT, SMALL_TARGETS, check_page, transfer

OWNER, CONTRACT = "mara.lindqvist@weidenfels.example", "V-10502-2"
DEEDS = ("", "reassign/", "release/", "extend/", "second-factor/")


def sign_in(visitor) -> None:
    """Come in as the owner, to the contract that is counted by seats."""
    visitor.sign_in_person(OWNER)
    visitor.page.locator("main .choices button", has_text=CONTRACT).click()
    visitor.page.wait_for_url(re.compile("/dashboard/"))


def pages_of_seats(visitor) -> list[str]:
    """Give the list, the pages of each deed on a person's and on a thing's seat, and what leads to more of them.

    The last one is that of a holder who follows a link.
    """
    page = visitor.page
    waiting = refs(visitor, "/seats/?kind=guest&state=initiated")[0]
    thing = refs(visitor, "/seats/?kind=room")[0]
    full = refs(visitor, "/seats/?kind=full")
    visitor.open(f"/seats/{waiting}/")
    link = re.search("/registration/.+", page.locator("#link").inner_text())[0]
    found = ["/seats/?sort=-seen", "/seats/?text=nobody+is+called+so", "/seats/assign/"]
    found += [f"/seats/assign/?kind={kind}" for kind in ("full", "room")]
    found += [f"/seats/{full[0]}/{deed}" for deed in DEEDS] + [f"/seats/{waiting}/", f"/seats/{thing}/release/"]
    found += [f"/seats/release/?seat={full[0]}&seat={full[1]}&seat={thing}"]
    return [*found, "/settings/account/price-plan/", "/settings/account/book/", link]


def refs(visitor, path: str) -> list[str]:
    """Give the references of the seats that a list shows."""
    visitor.open(path)
    return [box.get_attribute("value") for box in visitor.page.locator("input[name=seat]").all()]


@pytest.mark.parametrize(("language", "theme", "width"), [("de", "light", 390), ("en", "dark", 1280)])
def test_R61_every_page_of_seats_is_accessible_and_whole(visit, language, theme, width):
    visitor = visit(language, theme, width)
    sign_in(visitor)
    wrong = [fault for path in pages_of_seats(visitor) for fault in check_page(visitor, path, width)]
    assert not wrong, "\n".join(wrong)
    assert visitor.page.url.endswith("/registration/"), "the code is out of the address"


def test_no_page_of_seats_overflows_at_320_or_breaks_its_budget(visit):
    visitor = visit("de", width=320, height=640)
    sign_in(visitor)
    for path in pages_of_seats(visitor):
        size, requests, _kinds = transfer(visitor, path)
        assert (size <= 60_000, requests <= 8) == (True, True), f"{path}: {size} bytes, {requests} requests"
        assert visitor.page.evaluate(SHIFT) < 0.02, f"{path}: the layout shifts"
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path} is too wide"
        assert not visitor.page.evaluate(SMALL_TARGETS), path


def test_a_seat_is_assigned_and_released_without_scripts(visit):
    visitor = visit("en", width=390, scripts=False)
    page = visitor.page
    sign_in(visitor)
    visitor.open("/seats/assign/?kind=guest")
    page.fill("input[name=mail]", "no.script@partner.example")
    page.locator("main form button.pri").click()
    page.wait_for_url(re.compile(r"/seats/\w+/$"))
    page.locator("main a[href$='/release/']").last.click()
    page.locator("main form button.bad").click()
    page.wait_for_url(re.compile("/seats/$"))
    assert "no.script@partner.example is free" in page.locator("main").inner_text()
