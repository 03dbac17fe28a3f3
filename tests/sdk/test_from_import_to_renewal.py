"""The life of a licence in one go: imported, issued, activated, used up, answered, taken offline, over, renewed."""

import contextlib
import html
import json
import re
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest

from tests.notices.smtp import mail_server
from tests.servers import serving
from torhaus_sdk.client import Client
from torhaus_sdk.errors import FileRefused, NotLicensed
from torhaus_sdk.status import Mode

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]
TODAY = datetime.now(UTC).date()
VENDOR = """
vendor: {{key: lind, name: Lind, legal_name: Lind Software GmbH, country: DE, mail: hello@lind.example,
          sales_mail: sales@lind.example, token_prefix: lind, grace_days: 0}}
products: [{{key: atlas, name: Atlas}}]
meters: [{{key: maps, name: {{de: Karten, en: Maps}}}}]
plans: [{{key: studio, name: Studio, product: atlas, allowances: {{maps: 100}}}}]
add_ons: [{{key: layers, name: Layers, product: atlas}}]
policies:
  - {{plan: studio, model: node_locked, max_installations: 1, overage: percent, overage_percent: 10, after_grace: stop}}
customers: [{{number: L-1, name: Seekarten Nord GmbH, language: de}}]
contacts: [{{customer: L-1, role: main, name: Jule Brandt, mail: jule@seekarten.example}}]
contracts:
  - {{number: A-1, customer: L-1, product: atlas, kind: subscription, starts_on: {starts}, ends_on: {ends}}}
contract_items:
  - {{contract: A-1, line: plan, item: studio, quantity: 1, active_from: {starts}}}
  - {{contract: A-1, line: layers, item: layers, quantity: 1, active_from: {starts}}}
"""


class Vendor:
    """The vendor's side: its file, its commands."""

    def __init__(self, here, folder):
        self.here, self.file = here, folder / "lind.yaml"

    def contract_ends(self, day):
        starts = min(TODAY - timedelta(days=30), day)
        self.file.write_text(VENDOR.format(starts=starts, ends=day), "utf-8")
        self.here.torhaus("import", str(self.file))

    def token(self):
        return json.loads(self.here.torhaus("issue-token", "A-1", "--json").stdout)["token"]

    def keys(self):
        with urllib.request.urlopen(f"{self.here.url}/.well-known/jwks.json") as answer:
            return answer.read()


class Portal:
    """The customer's side: pages, signed in with the token."""

    def __init__(self, here, token):
        self.url = here.url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        form = self.page("/login/")
        hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
        self.page("/login/", {"token": token, "csrfmiddlewaretoken": hidden})

    def page(self, path, fields=None):
        data = urlencode(fields).encode() if fields else None
        request = urllib.request.Request(self.url + path, data, {"Accept-Language": "en", "Origin": self.url})
        with self.opener.open(request) as answer:
            return answer.read().decode()

    def words(self, path):
        """Give what stands on a page, without its marks."""
        text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", self.page(path), flags=re.DOTALL)
        return " ".join(html.unescape(text).split())


@pytest.fixture
def house(tmp_path):
    with mail_server() as box, serving(mail_mode="smtp", smtp_host="127.0.0.1", smtp_port=str(box.port)) as here:
        here.torhaus("init", "--staff-mail", "ada@lind.example", "--yes")
        yield Vendor(here, tmp_path), box


@pytest.fixture
def opened():
    """What is closed however the test ends: an open connection would be held against another test."""
    with contextlib.ExitStack() as stack:
        yield stack


def test_a_licence_from_import_to_renewal(house, opened, tmp_path):
    vendor, box = house
    vendor.contract_ends(TODAY + timedelta(days=20))
    token = vendor.token()
    portal = Portal(vendor.here, token)
    late = timedelta(0)
    one = Client(
        vendor.here.url,
        "atlas",
        keys=vendor.keys(),
        state_file=tmp_path / "atlas.json",
        version="4.1",
        fingerprint={"machine": "chart table"},
        clock=lambda: datetime.now(UTC) + late,
    )
    client = opened.enter_context(one)

    # The token licenses nothing until it is activated here; then one machine has the one place.
    client.save_token(token)
    with pytest.raises(NotLicensed):
        client.require("layers")
    checked = client.check(activate=True, name="Bridge")
    assert checked.status.valid
    assert client.require("layers")
    assert "Bridge" in portal.page("/installations/")
    copied = {"keys": vendor.keys(), "state_file": tmp_path / "copy.json", "fingerprint": {"machine": "copy"}}
    with Client(vendor.here.url, "atlas", **copied) as other:
        other.save_token(token)
        with pytest.raises(NotLicensed) as full:
            other.check(activate=True)
    assert full.value.code == "too_many_installations"

    # Used up: the meter warns, a mail goes out; a little more is tolerated, too much is not.
    assert client.report_usage("maps", 92).sent == 1
    assert "92 % genutzt Genutzt 92 Gebucht 100 Frei 8" in portal.words("/usage/")
    assert "Karten: 92 % des Kontingents sind belegt" in portal.words("/dashboard/")
    vendor.here.start("worker", log="worker.txt")  # now: what it does each minute it does when it begins, too
    assert "92" in text_of(mail_to(box, "jule@seekarten.example", about="Karten"))
    assert "allowance_near" in [one.code for one in client.check().findings]
    client.report_usage("maps", 108)
    client.check()
    assert client.status().code == "overage"
    assert client.require("layers")
    client.report_usage("maps", 150)
    client.check()
    assert "Überschritten Genutzt 150 Gebucht 100" in portal.words("/usage/")
    assert client.status().code == "allowance_exceeded"
    with pytest.raises(NotLicensed) as exceeded:
        client.require("layers")
    assert exceeded.value.access == "read_only"
    client.report_usage("maps", 60)
    assert client.check().status.valid

    # Offline: the file is taken with the token it belongs to; it counts where no answer of the server does.
    file = offline_file(vendor, token)
    client.install_offline(file)
    vendor.here.close()
    late = timedelta(days=15)
    assert client.status().mode is Mode.OFFLINE
    assert client.require("layers")

    # Over: file and licence end with the contract.
    late = timedelta(days=22)
    with pytest.raises(NotLicensed) as over:
        client.require("layers")
    assert over.value.message("de") != over.value.message("en")
    with pytest.raises(FileRefused):
        client.install_offline(file)

    # Renewed: the vendor's file says so, and the next check is enough.
    late = timedelta(0)
    vendor.contract_ends(TODAY + timedelta(days=400))
    vendor.here.serve()
    renewed = client.check()
    assert renewed.status.valid
    assert renewed.status.days_left >= 399
    assert client.require("layers")
    assert client.status().mode is Mode.ONLINE


def mail_to(box, address, *, about, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := [mail for mail in list(box.mails) if address in str(mail["To"]) and about in str(mail["Subject"])]:
            return found[-1]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {address} about {about}: {[str(mail['Subject']) for mail in box.mails]}")


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def offline_file(vendor, token):
    request = urllib.request.Request(
        f"{vendor.here.url}/api/v1/offline-licence",
        b"{}",
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["text"]
