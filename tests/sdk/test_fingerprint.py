"""How a machine is recognised: by hashed parts of its own, replaceable, and by a kept id where there are none."""

import json
import uuid

import pytest

from tests.sdk.portal import client
from torhaus_sdk import fingerprint, machine
from torhaus_sdk.fingerprint import default_parts, hashed, in_container
from torhaus_sdk.machine import Machine

ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A machine of its own: a folder as root, a network card."""
    monkeypatch.setattr(fingerprint.uuid, "getnode", lambda: 0x001122334455)
    for name, text in {
        "etc/machine-id": ID + "\n",
        "sys/class/dmi/id/product_uuid": "4C4C4544-0042-3510-8054-B4C04F4E4D32\n",
        "proc/1/cgroup": "0::/init.scope\n",
    }.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "root"


def parts(root) -> dict[str, str]:
    return default_parts(lambda: "kept id", root=root)


def test_the_default_parts(root):
    assert parts(root) == {
        "machine": ID,
        "board": "4c4c4544-0042-3510-8054-b4c04f4e4d32",
        "mac": "001122334455",
    }


def test_what_says_nothing_is_left_out(root, monkeypatch):
    for text in ("", "None\n", "Default string", "00000000-0000-0000-0000-000000000000", "To be filled by O.E.M."):
        (root / "sys/class/dmi/id/product_uuid").write_text(text)
        assert "board" not in parts(root)
    monkeypatch.setattr(fingerprint.uuid, "getnode", lambda: 0x011122334455)  # drawn by lot
    assert "mac" not in parts(root)
    monkeypatch.setattr(fingerprint.uuid, "getnode", lambda: 0x021122334455)  # handed out anew
    assert "mac" not in parts(root)
    (root / "etc/machine-id").write_text("uninitialized\n")
    assert parts(root) == {"kept": "kept id"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".dockerenv", ""),
        ("run/.containerenv", ""),
        ("proc/1/cgroup", "12:cpu:/docker/0a1b\n"),
        ("proc/1/cgroup", "0::/kubepods.slice/kubepods-burstable.slice\n"),
        ("proc/1/environ", "PATH=/bin\0container=lxc\0"),
    ],
)
def test_in_a_container_a_kept_id_stands_for_the_machine(root, name, text):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    assert in_container(root)
    assert parts(root) == {"kept": "kept id"}


def test_the_kept_id_is_made_once_and_stays(vendor, tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "default_parts", lambda kept: {"kept": kept()})
    first = client(vendor, tmp_path, fingerprint=None)
    sent = first.machine_id
    kept = json.loads((tmp_path / "licence.json").read_text())["machine"]
    assert uuid.UUID(kept)
    assert client(vendor, tmp_path, fingerprint=None).machine_id == sent
    first.save_token(vendor.token.text)
    first.remove_token()
    assert client(vendor, tmp_path, fingerprint=None).machine_id == sent


def test_the_real_machine_gives_something():
    found = default_parts(lambda: "kept id")
    assert found
    assert all(found.values())


def test_parts_are_hashed_and_differ_between_products_and_names():
    ours, theirs = hashed({"machine": ID}, "acme"), hashed({"machine": ID}, "other")
    assert len(ours["machine"]) == 64
    assert ID not in str(ours)
    assert len({ours["machine"], theirs["machine"], hashed({"board": ID}, "acme")["board"]}) == 3
    assert hashed({"machine": ID}, "acme") == ours


@pytest.mark.parametrize(
    "wrong", [{}, {"": "x"}, {"Machine": "x"}, {"a b": "x"}, {"x" * 33: "x"}, {str(n): "" for n in range(17)}]
)
def test_names_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match="fingerprint"):
        hashed(wrong, "acme")


def test_a_function_of_the_product_is_asked_once(vendor, tmp_path):
    asked = []
    one = client(vendor, tmp_path, fingerprint=lambda: asked.append(1) or {"serial": "4711"})
    one.save_token(vendor.token.text)
    one.check()
    one.check()
    assert len(asked) == 1
    assert set(vendor.requests[0][1]["fingerprint"]) == {"serial"}
    assert "4711" not in str(vendor.requests)


def test_a_function_that_fails_does_not_break_the_product(vendor, tmp_path, caplog):
    def fail():
        raise RuntimeError("serial 4711")

    one = client(vendor, tmp_path, fingerprint=fail)
    one.save_token(vendor.token.text)
    assert one.check().valid
    assert set(vendor.requests[0][1]["fingerprint"]) == {"kept"}
    assert "4711" not in caplog.text


def test_the_marks_of_a_nonce_bear_a_change_of_less_than_half():
    this = Machine({"a": "1", "b": "2", "c": "3"}, "acme", lambda: "")
    assert this.asked(this.nonce())
    assert len(this.nonce()) <= 200
    assert this.nonce() != this.nonce()
    for other, ours in (
        ({"a": "1", "b": "2", "c": "x"}, True),
        ({"a": "1", "b": "x", "c": "x"}, False),
        ({"a": "1"}, False),
    ):
        assert Machine(other, "acme", lambda: "").asked(this.nonce()) is ours
    for nonce in ("", "x", "é", this.nonce() + "0", this.nonce().partition(".")[0] + "."):
        assert not this.asked(nonce)
