"""The vendor's colours stay readable, and the sheet that carries them is named by its content."""

import pytest

from tests import people
from torhaus.core.colours import contrast
from torhaus.core.storage import DiskStore
from torhaus.frame.branding import brand_css
from torhaus.frame.colours import ink_on, readable

pytestmark = pytest.mark.django_db


def test_contrast_as_wcag_defines_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", ["#ffff00", "#00ff88", "#c8102e", "#ffffff", "#000000", "#3c47c4"])
def test_any_colour_becomes_readable(colour):
    assert contrast(readable(colour, "#eceefb", darker=True), "#eceefb") >= 4.5
    assert contrast(readable(colour, "#232a4d", darker=False), "#232a4d") >= 4.5
    ink = {"#fff": "#ffffff"}.get(ink_on(colour), ink_on(colour))
    assert contrast(ink, colour) >= 4.5


def test_a_readable_colour_is_taken_as_it_is():
    assert readable("#3c47c4", "#ffffff", darker=True) == "#3c47c4"


def test_what_is_no_colour_is_left_out():
    assert brand_css("red;}body{display:none", "", "url(x)") == "\n"


def test_the_sheet_is_cached_under_the_hash_of_its_content(client):
    people.vendor(accent_light="#c8102e", bar_color="#ffffff")
    page = client.get("/login/").content.decode()
    url = page.split('<link rel="stylesheet" href="')[2].split('"')[0]
    response = client.get(url)
    assert "immutable" in response["Cache-Control"]
    assert "--accent:light-dark(#" in response.content.decode()
    assert "--on-bar:#11153a" in response.content.decode()
    assert response["Content-Type"] == "text/css; charset=utf-8"
    stale = client.get("/brand.css?v=0000000000000000")
    assert stale["Cache-Control"] == "no-cache"
    people.vendor(accent_light="#0000ff")
    assert url not in client.get("/login/").content.decode()


def test_the_logo_is_served_harmlessly(client, settings):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    key = DiskStore(settings.DATA_DIR / "files").put([svg]).key
    people.vendor(logo_key=key, logo_type="image/svg+xml")
    assert f"/logo/{key}" in client.get("/login/").content.decode()
    response = client.get(f"/logo/{key}")
    assert b"".join(response.streaming_content) == svg
    assert response["Content-Type"] == "image/svg+xml"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "immutable" in response["Cache-Control"]


def test_no_other_file_is_served_as_logo(client, settings):
    invoice = DiskStore(settings.DATA_DIR / "files").put([b"%PDF-1.4 somebody's invoice"]).key
    people.vendor(logo_key="0" * 64, logo_type="image/png")
    assert client.get(f"/logo/{invoice}").status_code == 404
    assert client.get("/logo/" + "0" * 64).status_code == 404  # named, but not there
    people.vendor(logo_key=invoice, logo_type="text/html")
    assert client.get(f"/logo/{invoice}").status_code == 404
