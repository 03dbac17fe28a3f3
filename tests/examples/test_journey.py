"""From an invitation to more licences, through the sample product and the portal, in both languages."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests import people
from tests.examples.product import RECORDED, Product, running

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]
SEED = """
from tests.seats import seating
from torhaus.vendor.actions import create_signing_key
of = seating.contract(full=5, room=1)
of.customer.language = {language!r}
with scopes_disabled():
    of.customer.save()
create_signing_key(by=people.SYSTEM)
people.staff("sales")
owner = people.member(of.customer).person
owner.language = {language!r}
owner.save()
print(people.token(of))
"""
INVITATION = """
from torhaus.core.link_codes import code_of
from torhaus.organisations.models import Membership
with scopes_disabled():
    ref = Membership.objects.get(person__mail="ines@nordwind.example").invitation
print(f"/invitation/{ref}/{code_of(ref)}/")
"""
WORK = """
from torhaus.journeys.tasks import warn_of_usage
warn_of_usage.call()
"""
MAILS = """
from torhaus.notices.models import Mail
with scopes_disabled():
    for one in Mail.objects.order_by("pk"):
        print(one.template, one.recipient, one.language, one.subject)
"""
WORDS = {
    "en": ("80 % of the allowance", "All seats of the kind “full” are in use", "Your request for 8 × Full seat", "Licences in total"),
    "de": ("80 % des Kontingents", "Alle Plätze der Art „full“ sind vergeben", "8 × Platz full", "Lizenzen (insgesamt)"),
}  # fmt: skip


class Visitor:
    """A browser of one person: keeps cookies, and sends forms as a page holds them."""

    def __init__(self, portal: str, language: str) -> None:
        self.portal = portal
        jar = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.browser.addheaders = [("Accept-Language", language)]

    def get(self, path: str) -> str:
        return self.browser.open(urllib.parse.urljoin(self.portal, path), timeout=60).read().decode()

    def send(self, page: str, to: str, **said: object) -> str:
        """Send a form that ``page`` (its text) holds, with its hidden token."""
        said["csrfmiddlewaretoken"] = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        data = urllib.parse.urlencode(said).encode()
        request = urllib.request.Request(self.portal + to, data, {"Origin": self.portal, "Referer": self.portal + to})
        return self.browser.open(request, timeout=60).read().decode()

    def sign_in(self, mail: str, door: str = "/login/person/", at: str = "/login/") -> str:
        return self.send(self.get(at), door, mail=mail, password=people.PASSWORD)


@pytest.mark.parametrize("language", ["en", "de"])
def test_from_an_invitation_to_more_licences_through_the_sample_product(tmp_path, language):
    near, full, asked, total = WORDS[language]
    with running(tmp_path, SEED.format(language=language)) as product:
        portal = product.portal
        # The owner invites an administrator, who registers.
        owner, ines = Visitor(portal.url, language), Visitor(portal.url, language)
        owner.sign_in("owner@nordwind.example")
        invited = {"name": "Ines", "mail": "ines@nordwind.example", "role": "administrator"}
        owner.send(owner.get("/members/invite/"), "/members/invite/", **invited)
        link = portal.python(INVITATION).strip().splitlines()[-1]
        ines.send(ines.get(link), "/invitation/", name="Ines", password=people.PASSWORD)
        # Seats are assigned in the product: B99 at 80 %, and after the last one nobody gets another.
        for name in ("Ada", "Ben", "Cleo", "Dora"):
            assert assign(product, name, language)[0] == 200
        portal.python(WORK)
        [notice] = [one for one in portal.python(MAILS).splitlines() if one.startswith("allowance_reached")]
        assert f"owner@nordwind.example {language}" in notice
        assert near in notice
        assert assign(product, "Ella", language)[0] == 200
        status, said = assign(product, "Finn", language)
        assert (status, full in said) == (409, True)
        # A seat passes on, and whoever had it is out.
        ada = product.seat("Ada")
        of_ada = product.signed_in()
        of_ada.post("/sign-in", language, seat=ada)
        product.post("/users/reassign", language, seat=ada, name="Ines", mail="ines@nordwind.example")
        assert '<form method=post action="/sign-in' in of_ada.get("/guests", language)
        # The new holder books more: signs in to the portal, and comes to the page.
        of_ines = product.signed_in()
        of_ines.post("/sign-in", language, seat=ada)
        browser = Visitor(portal.url, language)
        of_ines.browser = browser.browser
        of_ines.post("/sign-in", language, seat=ada)
        _status, door = of_ines.post("/settings/account/book-more", language)
        page = browser.send(door, "/login/person/", mail="ines@nordwind.example", password=people.PASSWORD)
        assert total in page
        wanted = {"kind": "full", "booked": "5", "total": "8", "country": "DE", "vat_id": "", "step": "confirm"}
        assert asked in browser.send(page, "/settings/account/book/", **wanted)
        # Sales accepts it, and the product shows and assigns what there is now.
        sales = Visitor(portal.url, language)
        sales.sign_in("sales@acme.example", "/staff/sign-in/", "/staff/sign-in/")
        ref = re.search(r"/staff/requests/(\w{12})/", sales.get("/staff/requests/"))[1]
        request = sales.get(f"/staff/requests/{ref}/")
        last_seen = re.search(r'name="last_seen" value="(\d+)"', request)[1]
        sales.send(request, f"/staff/requests/{ref}/accept/", last_seen=last_seen)
        portal.python(RECORDED)
        plan = product.get("/settings/account/price-plan", language)
        assert "<td>8</td><td>5</td>" in plan
        assert f"booking_decided ines@nordwind.example {language}" in portal.python(MAILS)
        assert assign(product, "Finn", language)[0] == 200


def assign(product: Product, name: str, language: str) -> tuple[int, str]:
    return product.post("/users/assign", language, kind="full", name=name, mail=f"{name}@nordwind.example")
