"""Where passkeys alone let people in, in a real browser: the first passkey with the invitation, another by a link."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import test_account
from tests.browser.test_account import AUTHENTICATOR, press, sign_out
from tests.browser.test_pages import check_here, check_page
from tests.browser.test_people import sign_in

portal = test_account.portal  # an installation of its own, called by the name that passkeys belong to
PASSWORD, NEW = "correct-horse-battery-staple", "four-uncommon-words-here"


def company(portal, key: str) -> dict[str, str]:
    """A customer that allows passkeys only, with an administrator, a member, and somebody who is invited."""
    said = portal.here.python(
        f"""
        from datetime import timedelta
        from django_scopes import scope
        from allauth.mfa.models import Authenticator
        from torhaus.core import clock
        from torhaus.core.link_codes import code_of
        from torhaus.core.random import new_ref
        from torhaus.journeys.send_passkey_link import send_passkey_link
        from torhaus.organisations.models import CompanySecurity
        of = people.customer(number={key!r}, name="Nordwind Logistik GmbH", language="en")
        people.contract(of, number="C-" + of.ref)
        people.member(of, "administrator", mail="ada-{key}@example.com")
        member = people.member(of, "member", mail="mia-{key}@example.com")
        ref = new_ref()
        new = people.User.objects.create_user("kim-{key}@example.com", None, name="Kim")
        people.member(of, "member", person=new, state="initiated", invited_name="Kim", invitation=ref,
                      invitation_ends_at=clock.now() + timedelta(days=1))
        with scope(customer=of.pk, customer_ref=of.ref):
            CompanySecurity.objects.create(customer=of, by_password=False, by_code=False, version=1)
            link = send_passkey_link(member_ref=member.ref, by=people.SYSTEM).passkey_link
        print("SAID", ref, code_of(ref), link, code_of(link), member.ref)
        """
    )
    invitation, invitation_code, link, link_code, ref = said.split("SAID ")[1].split()
    return {
        "invitation": f"/invitation/{invitation}/{invitation_code}/",
        "link": f"/passkey/{link}/{link_code}/",
        "member": f"/members/{ref}/",
    }


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", 1280), ("de", "dark", 390)])
def test_nobody_is_locked_out_where_passkeys_alone_let_in(visit, portal, language, theme, width):
    key = f"{language}{width}"
    made = company(portal, key)
    for mail, start in ((f"kim-{key}@example.com", made["invitation"]), (f"mia-{key}@example.com", made["link"])):
        visitor = visit(language, theme, width, tolerate=("410",))
        page = visitor.page
        client = visitor.context.new_cdp_session(page)
        client.send("WebAuthn.enable")
        client.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        password = PASSWORD
        if start == made["invitation"]:
            visitor.open(start)
            page.fill("input[name=name]", "Kim Neu")
            page.fill("input[name=password]", NEW)
            page.locator("main form .btn.pri").first.click()
            page.wait_for_url(re.compile("/login/$"))
            password = NEW
        else:
            visitor.open("/login/")
            sign_in(page, mail, password)
            page.wait_for_url(re.compile("/login/$"))
            assert page.locator("[role=alert], .toast, .note.bad").count() >= 1, "the password alone opens nothing"
            visitor.open(start)
            page.wait_for_url(re.compile("/login/$"))
        assert check_here(visitor, "/login/", width) == []
        sign_in(page, mail, password)
        page.wait_for_url(re.compile("/account/passkeys/new/$"))
        assert check_here(visitor, page.url, width) == []
        page.fill("input[name=name]", "Dienst-Laptop")
        press(page)
        page.wait_for_selector("#recovery")
        assert check_page(visitor, "/dashboard/", width) == []
        assert page.url.endswith("/dashboard/"), "in by what was just proved"
        sign_out(page)
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(re.compile("/dashboard/"))
        sign_out(page)
        if start == made["link"]:
            page.goto(portal.url + start)
            assert "/passkey/" in page.url, "once: it leads nowhere now"
            expect(page.locator("main .problem h1")).to_have_count(1)
