"""After an update of the product: the server keeps the version it is told at activation, so it is told again, once."""

import json

import pytest

from tests.sdk import loops
from tests.sdk.licences import KEYS
from tests.sdk.portal import PARTS, client
from torhaus_sdk.async_client import AsyncClient

CHECKED = ["/api/v1/validate", "/api/v1/licences"]


def asked(vendor):
    """Give what was asked since the last time, without what is asked once a day whatever was updated."""
    paths = [path for path in vendor.asked() if not path.startswith("/.well-known/")]
    vendor.requests.clear()
    return paths


def updated(vendor, folder, version="3.3", **options):
    return client(vendor, folder, version=version, **options)


@pytest.mark.parametrize(("deed", "paths"), [("check", CHECKED), ("heartbeat", ["/api/v1/heartbeat"])])
def test_an_update_is_told_once_by_the_next_contact(vendor, product, tmp_path, deed, paths):
    product.activate("web-1")
    asked(vendor)
    getattr(product, deed)()
    assert asked(vendor) == paths  # the same version costs nothing
    after = updated(vendor, tmp_path)
    assert getattr(after, deed)().valid
    told = [body for path, body, _ in vendor.requests if path.endswith("/activate")]
    assert [(body["version"], "name" in body) for body in told] == [("3.3", False)]
    assert asked(vendor) == [paths[0], "/api/v1/activate", *paths[1:]]
    assert getattr(after, deed)().valid
    assert getattr(updated(vendor, tmp_path), deed)().valid  # after a restart
    assert asked(vendor) == [*paths, *paths]
    assert after.status().installation == "Inst1"


def test_the_async_client_tells_an_update_once_too(vendor, product, tmp_path):
    product.activate()
    asked(vendor)

    async def life():
        options = {"keys": KEYS, "state_file": tmp_path / "licence.json", "fingerprint": PARTS, "version": "3.3"}
        async with AsyncClient(vendor.url, "acme", **options) as one:
            assert (await one.check()).valid
            assert (await one.heartbeat()).valid

    loops.run(life())
    assert asked(vendor) == ["/api/v1/validate", "/api/v1/activate", "/api/v1/licences", "/api/v1/heartbeat"]


def test_a_state_of_before_that_knows_no_version_tells_it_once(vendor, product, tmp_path):
    product.activate()
    path = tmp_path / "licence.json"
    state = json.loads(path.read_text())
    del state["installation_version"]
    path.write_text(json.dumps(state))
    asked(vendor)
    for expected in (["/api/v1/heartbeat", "/api/v1/activate"], ["/api/v1/heartbeat"]):
        assert client(vendor, tmp_path).heartbeat().valid
        assert asked(vendor) == expected


def test_what_has_no_place_is_not_activated_by_an_update(vendor, product, tmp_path):
    product.check()
    asked(vendor)
    updated(vendor, tmp_path).check()
    assert asked(vendor) == CHECKED  # it never was
    product.activate()
    product.deactivate()
    asked(vendor)
    updated(vendor, tmp_path).check()
    assert asked(vendor) == CHECKED  # it gave its place back
    product.activate()
    asked(vendor)
    vendor.changes = {"valid": False, "code": "installation_removed", "access": "none"}
    assert not updated(vendor, tmp_path).check().valid
    assert asked(vendor) == CHECKED  # whoever removed it meant it


def test_a_version_that_is_not_said_is_not_told(vendor, product, tmp_path):
    product.activate()
    asked(vendor)
    updated(vendor, tmp_path, version="").check()
    assert asked(vendor) == CHECKED


def test_an_update_that_cannot_be_told_harms_nothing_and_is_told_later(vendor, product, tmp_path):
    product.activate()
    asked(vendor)
    vendor.act = lambda h, path, _: path.endswith("/activate") and (h.say(503, {}) or True)
    after = updated(vendor, tmp_path)
    assert after.check().valid
    assert after.require("medium")
    assert after.status().server_away == ""
    vendor.act = None
    asked(vendor)
    assert after.check().valid
    assert "/api/v1/activate" in asked(vendor)
