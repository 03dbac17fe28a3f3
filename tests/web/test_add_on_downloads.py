"""The pages of add-ons: found by words, with title, version, vendor, need, and what the manifest says."""

import re
from datetime import date

import pytest

from tests import people
from tests.web.shelf import page
from tests.web.visitors import signed_in, words
from torhaus.core import clock


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


def test_B28_add_ons_are_searchable_and_show_title_version_vendor_and_need(contract):
    for key, name, maker in (("flows", "Abläufe", "Acme"), ("maps", "Karten", "Félsner & Partner")):
        made = people.add_on(key, maker, name={"de": name, "en": key.title()}, description={"en": "Draws nets"})
        people.add_on_release(made, "1.9")
        people.add_on_release(made, "1.10")
        people.add_on_release(made, "2.0-beta", channel="beta")
    shown = words(page(contract, "/downloads/add-ons/"))
    assert "Search in 2 add-ons" in shown
    assert "Flows 1.10 Acme 33 or later 2026-11-10 Not booked" in shown
    assert "Abläufe 1.10 Acme 33 oder höher 10.11.2026" in words(page(contract, "/downloads/add-ons/", "de"))
    for text, expected in (
        ("FLOWS", ["Flows"]), ("ABLÄUFE", ["Flows"]), ("félsner karten", ["Maps"]), ("nets", ["Flows", "Maps"]),
        ("%", []), ("<script>", []), ("x" * 101, ["Flows", "Maps"]),
    ):  # fmt: skip
        answer = signed_in(contract).get("/downloads/add-ons/", {"text": text})
        found = re.findall(r'<a href="/downloads/add-ons/[a-z]+/">([^<]+)</a></th>', answer.content.decode())
        assert found == expected, text
        assert "<script>" not in answer.content.decode()
    assert "No add-on matches" in words(signed_in(contract).get("/downloads/add-ons/?text=zzz"))


def test_add_ons_are_sorted_by_address(contract):
    for key, maker, day in (("b", "X", 1), ("a", "Y", 2), ("c", "W", 3)):
        people.add_on_release(people.add_on(key, maker), published_on=date(2026, 11, day))
    client = signed_in(contract)
    for sort, expected in (("", "abc"), ("-title", "cba"), ("vendor", "cba"), ("-published", "cab"), ("evil", "abc")):
        body = client.get("/downloads/add-ons/?sort=" + sort).content.decode()
        assert "".join(re.findall(r'<a href="/downloads/add-ons/([a-z])/">[A-Z]</a>', body)) == expected


def test_without_add_ons_the_page_says_so(contract):
    people.add_on()
    assert "No add-ons yet" in words(page(contract, "/downloads/add-ons/"))


def test_an_add_ons_page_says_what_its_manifest_says(contract):
    made = people.add_on()
    manifest = {"title": "Flows", "identifier": "acme_flows", "description": "Draws <b>flows</b>", "type": "addon"}
    manifest |= {"author": {"name": "Ada"}, "dependencies": {"php": ["curl", "gd"]}}
    release = people.add_on_release(made, manifest=manifest, notes={"": "* new arrows"})
    people.add_on_release(made, "1.3")
    people.release_file(release, b"{}", "flows.cdx.json", "sbom")
    shown = words(page(contract, "/downloads/add-ons/flows/"))
    for text in ("Draws <b>flows</b>", "acme_flows", "php: curl", "php: gd", "new arrows", "33 or later", "by Acme"):
        assert text in shown
    assert "<b>flows</b>" not in page(contract, "/downloads/add-ons/flows/").content.decode()


@pytest.mark.parametrize(
    "manifest",
    [{}, {"author": 7, "dependencies": "x", "type": [], "requirements": []}, {"dependencies": {"a": {"b": 1}}}],
)
def test_a_strange_manifest_is_shown_as_far_as_it_is_text(contract, manifest):
    people.add_on_release(people.add_on(vendor_name=""), manifest=manifest, minimum_version="")
    assert page(contract, "/downloads/add-ons/flows/")
    assert page(contract, "/downloads/add-ons/")


def test_add_ons_of_other_products_are_not_there(contract):
    people.add_on_release(people.add_on("alien", product=people.product("other")))
    people.add_on_release(people.add_on("any", product=None))
    shown = words(page(contract, "/downloads/add-ons/"))
    assert "Any" in shown
    assert "Alien" not in shown
    assert signed_in(contract).get("/downloads/add-ons/alien/").status_code == 404
