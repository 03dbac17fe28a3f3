"""Erasing a person in a real browser: from asking for it to the last line of the staff's list. Every page accessible."""

import re

import pytest

from tests import people
from tests.browser.test_pages import check_here


def somebody(portal, mail: str) -> None:
    """A person of the liveliest customer, who is a contact and wrote in one of its tickets."""
    portal.here.python(
        f"""
        from torhaus.licensing.models import LicenceToken
        from torhaus.organisations.models import Contact
        from torhaus.support.models import Message, Ticket
        from torhaus.core import clock
        with scopes_disabled():
            contract = LicenceToken.objects.get(public_id={portal.main_token.split("_")[1]!r}).contract
            who = people.person({mail!r}, name="Jo Länderübergreifend-Sommer")
            people.member(contract.customer, "technical", person=who)
            Contact.objects.create(customer=contract.customer, name=who.name, mail=who.mail, role="technical")
            ticket = Ticket.objects.filter(contract=contract).first()
            ticket.last_number += 1
            ticket.save()
            Message.objects.create(
                ticket=ticket, position=ticket.last_number, author_kind="customer", author=who,
                body="It works again.", written_at=clock.now(),
            )
        """
    )
    portal.people[mail] = people.PASSWORD


def faults(visitor, said: str, width: int, *, scripts: bool) -> list[str]:
    """What is wrong with the page that is open. Axe is a script: without scripts only whether there is a page."""
    if scripts:
        return check_here(visitor, said, width)
    return [] if visitor.page.locator("main h1, main h2").count() else [f"{said}: no heading"]


@pytest.mark.parametrize(
    ("language", "theme", "width", "scripts"),
    [("de", "light", 390, True), ("en", "dark", 1280, True), ("de", "dark", 1280, False)],
)
def test_R65_from_asking_to_being_erased(visit, portal, language, theme, width, scripts):
    mail = f"jo-{language}-{theme}-{width}@nordwind.example"
    somebody(portal, mail)
    visitor = visit(language, theme, width, scripts=scripts)
    visitor.sign_in_person(mail)
    visitor.open("/account/data/")
    assert faults(visitor, "/account/data/", width, scripts=scripts) == []
    visitor.page.locator("main a[href='/account/erasure/']").click()
    visitor.page.wait_for_url(re.compile("/account/erasure/$"))
    assert faults(visitor, "/account/erasure/", width, scripts=scripts) == []
    visitor.page.locator("main form button.bad").click()
    visitor.page.locator("form[action='/account/erasure/withdraw/']").wait_for()
    assert faults(visitor, "/account/erasure/ asked", width, scripts=scripts) == []

    staff = visit(language, theme, width, scripts=scripts, tolerate=("422",))
    staff.sign_in_staff()
    staff.open("/staff/")
    assert faults(staff, "/staff/", width, scripts=scripts) == []
    staff.open("/staff/personal-data/")
    assert faults(staff, "/staff/personal-data/", width, scripts=scripts) == []
    staff.page.locator("main a", has_text=mail).click()
    staff.page.wait_for_url(re.compile(r"/staff/personal-data/\w+/$"))
    assert faults(staff, "/staff/personal-data/…/", width, scripts=scripts) == []
    staff.page.locator("form[action$='/decline/'] button").click()
    staff.page.locator("main .field [aria-invalid], main [aria-invalid]").first.wait_for()
    assert faults(staff, "/staff/personal-data/…/decline/", width, scripts=scripts) == []
    staff.page.locator("form[action$='/erase/'] button").click()
    staff.page.wait_for_url(re.compile("/staff/personal-data/$"))
    assert faults(staff, "/staff/personal-data/ decided", width, scripts=scripts) == []
    staff.page.locator("main a.pri").click()
    staff.page.wait_for_url(re.compile("/personal-data/new/$"))
    staff.page.locator("main form button.pri").click()
    staff.page.locator("main [aria-invalid]").first.wait_for()
    assert faults(staff, "/staff/personal-data/new/", width, scripts=scripts) == []

    visitor.page.goto(portal.url + "/account/")
    assert "/login" in visitor.page.url, "signed out at once"
