"""The pages of downloads: the current version, all versions, and why one may or may not."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import people
from tests.doors import staff_client
from tests.web.shelf import fetch, links, page, published, with_all_kinds
from tests.web.visitors import card, signed_in, words
from torhaus.core import clock
from torhaus.frame.viewers import PREVIEW
from torhaus.releases.models import AddOnRelease

TODAY = people.NOON.date()


@pytest.fixture(autouse=True)
def stopped_clock():
    with clock.at(people.NOON):
        yield


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def contract(db):
    people.vendor()
    return people.contract(people.customer())


# The current version


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Version 34.1", "Installation package", "Update package", "Windows installer", "Virtual appliance"]),
        ("de", ["Version 34.1", "Installationspaket", "Updatepaket", "Windows-Inst", "Virtuelle Appliance"]),
    ],
)
def test_B27_the_current_version_offers_its_four_packages(contract, language, expected):
    published("33.9", days=1)  # a late fix of an old version
    made = with_all_kinds()
    published("35.0", channel="beta", days=2)
    published("34.2", days=-1)
    answer = page(contract, language=language)
    shown = card(answer, f"v-{made.ref}")
    for text in [*expected, "12 kB", "17 kB", "2026-11-10" if language == "en" else "10.11.2026"]:
        assert text in shown
    files = {file.ref: file for file in made.files.all()}
    assert len(links(answer)) == len(files) == 4
    for file in files.values():
        assert file.key in shown
        assert file.name in shown
        assert any(f"/{file.ref}/" in link for link in links(answer))
    assert "34.2" not in words(answer)


def test_B27_packages_that_lie_elsewhere_are_shown_as_such(contract):
    one = {"kind": "update", "url": "https://files.acme.example/u.zip", "bytes": 61_000_000, "sha256": "b" * 64}
    bad = {"kind": "installation", "url": "javascript:alert(1)"}
    published(packages=[one, bad, {"kind": "odd"}, "nonsense"])
    answer = page(contract)
    body = answer.content.decode()
    assert "lies at files.acme.example" in words(answer)
    assert 'href="https://files.acme.example/u.zip"' in body
    assert "javascript:" not in body
    assert "SHA256SUMS" not in body


def test_a_stored_file_stands_for_the_imported_one_of_its_kind(contract):
    imported = [{"kind": "update", "url": "https://files.acme.example/u.zip"}]
    people.release_file(published(packages=imported), name="stored.zip", kind="update")
    assert "files.acme.example" not in page(contract).content.decode()


def test_pre_releases_stand_apart_with_a_warning_and_old_ones_not_at_all(contract):
    with_all_kinds()
    coming = published("35.0-rc1", channel="rc", days=3)
    published("34.0-rc1", channel="rc", days=60)
    shown = card(page(contract), "coming")
    assert "Do not install them where you work" in shown
    assert "35.0-rc1" in shown
    assert "34.0-rc1" not in shown
    assert "This is a pre-release" in words(page(contract, f"/downloads/versions/{coming.ref}/"))


def test_notes_are_shown_safely_in_the_readers_language(contract):
    made = with_all_kinds(notes={"en": "## New\n\n* **fast** <script>alert(1)</script>", "de": "## Neu"})
    body = page(contract).content.decode()
    assert "<strong>fast</strong>" in body
    assert "<script>alert" not in body
    assert "Neu" in card(page(contract, language="de"), f"notes-{made.ref}")


def test_without_versions_the_page_says_so(contract):
    published(product=people.product("other"))
    assert "No version published yet" in words(page(contract))
    assert "Noch keine Version" in words(page(contract, language="de"))
    published("1.0")
    assert "No packages here yet" in words(page(contract))


# All versions


def test_versions_are_listed_highest_first_and_paged(contract):
    for n in range(60):
        published(f"{n}.0", days=100 - n, security=n == 58)
    published("99.0", withdrawn_at=people.NOON)
    shown = []
    client = signed_in(contract)
    for number in (1, 2, 3, 99):
        answer = client.get(f"/downloads/versions/?page={number}")
        shown += re.findall(r'scope="row"[^>]*><a href="[^"]+">([^<]+)</a>', answer.content.decode())
    assert shown[:60] == [f"{n}.0" for n in reversed(range(60))]
    assert "58.0" in words(client.get("/downloads/versions/"))
    assert words(client.get("/downloads/versions/")).count("Security update") == 1


@pytest.mark.parametrize("query", ["?page=0", "?page=" + "9" * 5000, "?page=%00", "?page=abc", "?sort=%00&text=%00"])
def test_nonsense_in_the_address_is_ignored(contract, query):
    with_all_kinds()
    people.add_on_release(people.add_on())
    for path in ("/downloads/", "/downloads/versions/", "/downloads/add-ons/", "/downloads/add-ons/flows/"):
        assert page(contract, path + query)


def test_versions_of_other_products_withdrawn_and_coming_ones_are_404(contract):
    hidden = [
        published("1", product=people.product("other")),
        published("2", withdrawn_at=people.NOON),
        published("3", days=-1),
        people.release("4", published_on=TODAY + timedelta(days=1)),
    ]
    client = signed_in(contract)
    for made in hidden:
        assert client.get(f"/downloads/versions/{made.ref}/").status_code == 404
        assert client.get(f"/downloads/checksums/{made.ref}/").status_code == 404
    for ref in ("x" * 12, "%00", "é", "x" * 5000):
        assert client.get(f"/downloads/versions/{ref}/").status_code == 404
        assert client.get(f"/downloads/add-ons/{ref}/").status_code == 404


# Who may


def a_paid_add_on() -> AddOnRelease:
    release = people.add_on_release(people.add_on())
    people.release_file(release)
    return release


def test_B29_a_paid_add_on_is_open_if_booked(contract):
    release = a_paid_add_on()
    answer = page(contract, "/downloads/add-ons/")
    assert links(answer) == []
    assert "Not booked" in words(answer)
    detail = page(contract, "/downloads/add-ons/flows/")
    assert "You have not booked this add-on. Our sales team will gladly make you an offer." in words(detail)
    assert 'href="mailto:sales@acme.example"' in detail.content.decode()
    people.booking(contract, "flows", kind="add_on", item=release.add_on, quantity=1)
    answer = page(contract, "/downloads/add-ons/")
    assert "Booked" in words(answer)
    [link] = links(answer)
    assert fetch(signed_in(contract), link) == (200, f"1.4 {release.pk}".encode())


def test_B29_an_evaluation_opens_all_add_ons(db):
    people.vendor()
    trial = people.contract(
        people.customer(), kind="evaluation", auto_renews=False, starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1)
    )
    a_paid_add_on()
    answer = page(trial, "/downloads/add-ons/")
    assert "In your evaluation" in words(answer)
    assert fetch(signed_in(trial), links(answer)[0])[0] == 200


def test_B29_a_booking_that_has_ended_closes_the_add_on_and_says_so(contract):
    release = a_paid_add_on()
    people.booking(contract, "f", kind="add_on", item=release.add_on, quantity=1, until=TODAY - timedelta(days=1))
    answer = page(contract, "/downloads/add-ons/flows/")
    assert links(answer) == []
    assert "Your booking of this add-on has ended." in words(answer)


STATES = {
    "active": ({}, True, ""),
    "cancelled": ({"cancelled_to": date(2027, 3, 31)}, True, ""),
    "suspended": ({"suspended": True}, False, "Your contract is suspended."),
    "upcoming": ({"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}, False, "begins on 2027-01-01"),
    "expired": ({"ends_on": date(2026, 11, 21), "auto_renews": False}, False, "Your contract has ended."),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", ["subscription", "perpetual", "hosting"])
def test_versions_are_open_as_the_contract_stands_and_security_updates_always(db, state, kind):
    fields, may, why = STATES[state]
    people.vendor()
    contract = people.contract(people.customer(), kind=kind, **fields)
    with_all_kinds()
    safe = with_all_kinds("34.0.1", security=True, days=20)
    answer = page(contract)
    assert (why in words(answer)) if why else "Your contract" not in words(answer)
    # What is closed gives way to the newest that is open: the security update.
    assert {link.split("/")[3] for link in links(answer)} >= ({f.ref for f in safe.files.all()} if not may else set())
    assert (f"v-{safe.ref}" in answer.content.decode()) != may
    security_page = page(contract, f"/downloads/versions/{safe.ref}/")
    assert len(links(security_page)) == 4
    assert fetch(signed_in(contract), links(security_page)[0])[0] == 200


def test_after_its_maintenance_a_perpetual_licence_gets_the_newest_version_of_before(db):
    people.vendor()
    contract = people.contract(people.customer(), kind="perpetual", maintenance_until=date(2026, 10, 1))
    new, old = with_all_kinds(), with_all_kinds("33.2", days=60)
    answer = page(contract)
    assert "Your maintenance ended on 2026-10-01." in words(answer)
    assert {link.split("/")[3] for link in links(answer)} == {file.ref for file in old.files.all()}
    assert "Ihre Softwarepflege endete am 01.10.2026." in words(page(contract, f"/downloads/versions/{new.ref}/", "de"))


# Everything else


def test_twelve_queries_at_most_with_200_add_ons_and_100_versions(contract):
    def counted(client):
        counts = {}
        paths = ("/downloads/", "/downloads/versions/", f"/downloads/versions/{first.ref}/")
        for path in (*paths, "/downloads/add-ons/", "/downloads/add-ons/flows/", "/downloads/add-ons/?text=a&page=2"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            counts[path] = len(queries)
        return counts

    first = with_all_kinds("0.1")
    people.booking(contract)
    people.release_file(people.add_on_release(people.add_on()))
    client = signed_in(contract)
    client.get("/downloads/")
    few = counted(client)
    for n in range(100):
        published(f"1.{n}", days=200 - n)
    for n in range(200):
        made = people.add_on(f"add-on-{n}", free=n % 2)
        people.booking(contract, f"line {n}", kind="add_on", item=made, quantity=1)
        people.add_on_release(made, "1.0")
        people.release_file(people.add_on_release(made, "1.1"), b"x")
    with_all_kinds("2.0")
    many = counted(client)
    assert few == many
    assert max(many.values()) <= 12
    print(many)


def test_a_stranger_signs_in_first_and_nothing_but_reading_is_allowed(contract):
    made = with_all_kinds()
    people.add_on_release(people.add_on())
    file = made.files.first()
    paths = ["/downloads/", "/downloads/versions/", f"/downloads/versions/{made.ref}/", "/downloads/add-ons/"]
    paths += ["/downloads/add-ons/flows/", f"/downloads/signatures/{file.ref}/", f"/downloads/checksums/{made.ref}/"]
    paths += links(page(contract))
    client = signed_in(contract)
    for path in paths:
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer.url.startswith("/login/?next=")
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(path).status_code == 405


def test_staff_who_look_on_see_the_page_and_no_links(contract):
    with_all_kinds()
    staff = staff_client(people.staff(), **{PREVIEW: contract.ref})
    answer = staff.get("/downloads/")
    assert links(answer) == []
    assert "Files can only be fetched by the customer" in words(answer)
    assert staff.get("/downloads/add-ons/").status_code == 200
    [link, *_] = links(page(contract))
    assert staff.get(link).status_code == 403


def test_times_are_the_vendors(contract):
    late = datetime(2026, 11, 22, 11, 59, tzinfo=people.BERLIN)
    published("34.2", published_at=late, published_on=TODAY)
    assert "34.2" in words(page(contract))
    with clock.at(late - timedelta(minutes=1)):
        assert "34.2" not in words(page(contract))
