"""The client against a portal that is really served: places, leases, key rotation, removal, revoked tokens, a break."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from tests.sdk.loops import run
from tests.sdk.test_from_import_to_renewal import Portal
from tests.servers import serving
from torhaus_sdk.async_client import AsyncClient
from torhaus_sdk.client import Client
from torhaus_sdk.errors import (
    AnswerRefused,
    NotLicensed,
    ServerUnreachable,
    TokenInvalid,
    TooManyInstallations,
)

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]
TODAY = datetime.now(UTC).date()
VENDOR = f"""
vendor: {{key: lind, name: Lind, legal_name: Lind Software GmbH, country: DE, mail: hello@lind.example,
          sales_mail: sales@lind.example, token_prefix: lind, grace_days: 0}}
products: [{{key: atlas, name: Atlas}}]
meters: [{{key: maps, name: {{de: Karten, en: Maps}}}}]
plans:
  - {{key: studio, name: Studio, product: atlas, allowances: {{maps: 100}}}}
  - {{key: crew, name: Crew, product: atlas}}
policies:
  - {{plan: studio, model: node_locked, max_installations: 1}}
  - {{plan: crew, model: floating, max_leases: 1, lease_seconds: 60}}
customers: [{{number: L-1, name: Seekarten Nord GmbH, language: de}}]
contracts:
  - {{number: A-1, customer: L-1, product: atlas, kind: perpetual, starts_on: {TODAY - timedelta(days=9)}}}
  - {{number: A-2, customer: L-1, product: atlas, kind: subscription, starts_on: {TODAY - timedelta(days=9)}, ends_on: {TODAY + timedelta(days=99)}}}
contract_items:
  - {{contract: A-1, line: plan, item: studio, quantity: 1, active_from: {TODAY - timedelta(days=9)}}}
  - {{contract: A-2, line: plan, item: crew, quantity: 1, active_from: {TODAY - timedelta(days=9)}}}
"""
REMOVE = """
from torhaus.licensing.models import Installation, RemovedBy
from torhaus.licensing.remove_installation import remove_installation
with scopes_disabled():
    row = Installation.objects.select_related("licence__contract").get(ref={ref!r})
    contract = row.licence.contract.ref
remove_installation(contract_ref=contract, installation_ref={ref!r}, removed_by=RemovedBy.CUSTOMER, by=people.SYSTEM)
"""
REVOKE = """
from torhaus.core import clock
from torhaus.licensing.models import LicenceToken
with scopes_disabled():
    LicenceToken.objects.filter(public_id={public_id!r}).update(revoked_at=clock.now())
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with serving() as here:
        here.torhaus("init", "--staff-mail", "ada@lind.example", "--yes")
        file = tmp_path_factory.mktemp("vendor") / "lind.yaml"
        file.write_text(VENDOR, "utf-8")
        here.torhaus("import", str(file))
        yield here


def token(here, contract: str) -> str:
    return json.loads(here.torhaus("issue-token", contract, "--json").stdout)["token"]


def keys(here) -> bytes:
    with urllib.request.urlopen(f"{here.url}/.well-known/jwks.json") as answer:
        return answer.read()


def product(here, folder, name="one", **options) -> Client:
    values = {"state_file": folder / f"{name}.json", "fingerprint": {"machine": name}, "timeout": 20.0} | options
    return Client(here.url, "atlas", keys=values.pop("keys", None) or keys(here), **values)


def test_a_place_for_each_machine_and_what_is_told_when_one_is_removed(house, tmp_path):
    secret = token(house, "A-1")
    with product(house, tmp_path, language="de") as one, product(house, tmp_path, "two") as two:
        one.save_token(secret)
        assert one.check().code == "installation_required"
        first = one.activate("Brücke")
        assert (first.name, first.answer.valid, one.activate().installation) == ("Brücke", True, first.installation)
        assert one.require("studio")
        status = one.status()
        assert (status.contract, status.places["installations"].used, status.unlimited) == ("A-1", 1, True)
        assert (status.limits["maps"].max, status.licences[0].unlimited if status.licences else True) == (100, True)
        two.save_token(secret)
        with pytest.raises(TooManyInstallations):
            two.activate()
        # Its state, copied, is worth nothing on the other machine: here, and at the server.
        (tmp_path / "two.json").write_bytes((tmp_path / "one.json").read_bytes())
        assert not two.permission()
        assert two.check().code == "fingerprint_mismatch"
        # Removed in the portal: told at the next call; the place is free.
        house.python(REMOVE.format(ref=first.installation))
        removed = one.check()
        assert (removed.valid, removed.code) == (False, "installation_removed")
        with pytest.raises(NotLicensed) as refusal:
            one.require()
        assert refusal.value.code == "installation_removed"
        assert two.activate().answer.valid
        assert two.deactivate().installation
        assert one.check(activate=True).code == "installation_removed"  # whoever removed it meant it
        assert one.activate().answer.valid
        one.deactivate()


def test_after_an_update_and_one_check_the_portal_shows_the_new_version(house, tmp_path):
    secret = token(house, "A-1")
    with product(house, tmp_path, version="7.30.1") as one:
        one.save_token(secret)
        one.activate("Brücke")
    portal = Portal(house, secret)
    assert "7.30.1" in portal.page("/installations/")
    with product(house, tmp_path, version="7.31.0") as one:
        assert one.check().valid
        page = portal.page("/installations/")
        assert ("7.31.0" in page, "7.30.1" in page, page.count("Brücke") > 0) == (True, False, True)
        one.deactivate()


def test_a_shared_place_goes_round(house, tmp_path):
    secret = token(house, "A-2")
    with product(house, tmp_path) as one, product(house, tmp_path, "two") as two:
        for each in (one, two):
            each.save_token(secret)
        assert one.check(activate=True).valid
        two.activate()
        assert two.heartbeat().code == "too_many_leases"
        with pytest.raises(TooManyInstallations):
            two.require()
        one.deactivate(keep=True)
        assert two.heartbeat().valid
        assert one.heartbeat().code == "too_many_leases"


def test_R37_keys_are_rotated_under_a_running_product(house, tmp_path):
    pinned = keys(house)
    secret = token(house, "A-2")
    with product(house, tmp_path, keys=pinned) as one:
        one.save_token(secret)
        one.check()
        for _ in range(3):  # the pinned key is retired and its private half is gone by then
            house.torhaus("rotate-key")
        assert one.check().code
        assert one._core.kept.read()["keys"]
    # A product just installed, with the keys of years ago, gets there, too.
    with product(house, tmp_path, "late", keys=pinned) as late:
        late.save_token(secret)
        assert late.check().code
    # One whose only key leaked has to be updated.
    leaked = json.loads(keys(house))["keys"][-1]["kid"]
    only = json.dumps({"keys": [key for key in json.loads(keys(house))["keys"] if key["kid"] == leaked]})
    house.torhaus("rotate-key", "--distrust", leaked, "--yes")
    with product(house, tmp_path, "old", keys=only) as old:
        old.save_token(secret)
        with pytest.raises(AnswerRefused) as refusal:
            old.check()
        assert refusal.value.code == "answer_unknown_key"
        assert "Aktualisieren Sie das Produkt" in refusal.value.message("de")


def test_R45_a_revoked_token_is_told_at_once_and_a_new_one_goes_on(house, tmp_path):
    old = token(house, "A-1")
    with product(house, tmp_path) as one:
        one.save_token(old)
        assert one.check(activate=True).valid
        house.python(REVOKE.format(public_id=old.split("_")[1]))
        with pytest.raises(TokenInvalid):
            one.check()
        assert one.require()  # by its last answer, until that ends
        assert "no longer accepts the saved licence token" in one.status().next_step
        place = one.status().installation
        one.save_token(token(house, "A-1"))
        assert one.activate().installation == place  # the same machine, the same place
        one.deactivate()


def test_R80_while_the_server_is_gone_the_product_runs_on_its_grace_and_recovers(house, tmp_path):
    with product(house, tmp_path, timeout=3.0) as one:
        one.save_token(token(house, "A-1"))
        one.check(activate=True)
        good_until = one.status().good_until
        assert good_until > datetime.now(UTC) + timedelta(days=13)
        house.close()
        try:
            with pytest.raises(ServerUnreachable) as refusal:
                one.check()
            assert refusal.value.reason == "refused"
            assert one.require("studio")
            status = one.status()
            assert (status.valid, status.good_until, status.server_away != "") == (True, good_until, True)
            assert one.report_usage("maps", 7).waiting == 1
        finally:
            house.serve()
        assert one.check().status.usage_waiting == 0  # sent with it
        assert one.check().status.limits["maps"].used == 7
        assert one.send_usage().sent == 0
        assert one.status().server_away == ""
        one.deactivate()


def test_usage_is_counted_once_and_unknown_meters_are_told(house, tmp_path):
    with product(house, tmp_path) as one:
        one.save_token(token(house, "A-1"))
        one.check(activate=True)
        result = one.report_usage("maps", 95, reading_id="first")
        assert (result.sent, result.states["maps"]) == (1, "warn")
        one.report_usage("maps", 95, reading_id="first")
        assert len(one.report_usage("charts", 1).refused) == 1
        assert one.check().status.limits["maps"].used == 95
        one.report_usage("maps", 1)
        one.deactivate()


def test_the_async_client_asks_the_same_portal(house, tmp_path):
    async def life():
        values = {"keys": keys(house), "state_file": tmp_path / "x.json", "fingerprint": {"machine": "x"}}
        async with AsyncClient(house.url, "atlas", timeout=20.0, **values) as one:
            await one.save_token(token(house, "A-1"))
            assert (await one.check(activate=True)).valid
            assert one.require("studio")
            await one.deactivate()

    run(life())


def test_an_offline_licence_of_the_portal_is_installed(house, tmp_path):
    secret = token(house, "A-1")
    request = urllib.request.Request(
        house.url + "/api/v1/offline-licence",
        b"{}",
        {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        text = json.load(answer)["text"]
    with product(house, tmp_path) as one:
        one.save_token(secret)
        installed = one.install_offline(text)
        assert installed.licences[0].items
        assert one.require("studio")
        assert one.status().contract == "A-1"
