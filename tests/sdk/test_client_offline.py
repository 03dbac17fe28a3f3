"""Offline licences in the product: installing, refusing, removing, renewing without a restart."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sdk.licences import signed
from tests.sdk.portal import DAY, client
from torhaus_sdk.answers import Access
from torhaus_sdk.armour import BEGIN
from torhaus_sdk.errors import (
    ClockSetBack,
    FileRefused,
    NotChecked,
    NotLicensed,
    ServerUnreachable,
    TokenInvalid,
    TokenMissing,
)
from torhaus_sdk.licence import fingerprint_hash
from torhaus_sdk.machine import marks_of
from torhaus_sdk.status import Mode
from torhaus_sdk.tokens import new_token

VECTORS = Path(__file__).parent.parent / "vectors"
NOW = datetime.now(UTC).replace(microsecond=0)


def seconds(moment):
    return None if moment is None else int(moment.timestamp())


def file(vendor, *, issued=NOW, life=30 * DAY, ends=NOW + 100 * DAY, **changes) -> str:
    """An offline licence for the vendor's token."""
    claims = {"iat": seconds(issued), "nbf": seconds(issued), "exp": seconds(issued + life), "lic_exp": seconds(ends)}
    return signed(**claims | {"tok": [vendor.token.public_id]} | changes)


def parts_of(one):
    return dict(line.split("=") for line in one.machine_code.splitlines())


def snapshot(product, folder):
    return product.status().to_dict(), json.loads((folder / "licence.json").read_text())["files"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_B46_offline_the_product_asks_for_token_and_offline_licence(vendor, tmp_path, language):
    both = {
        "en": "two things are needed, both from the portal: the licence token and the offline licence",
        "de": "zweierlei aus dem Portal gebraucht: das Lizenz-Token und die Offline-Lizenz",
    }[language]
    vendor.act = lambda h, *_: h.say(503, {}) or True
    with client(vendor, tmp_path, language=language) as one:
        with pytest.raises(TokenMissing) as refusal:
            one.install_offline(file(vendor))
        assert (refusal.value.code, both in refusal.value.message(language)) == ("offline_needs_both", True)
        one.save_token(vendor.token.text)
        with pytest.raises(ServerUnreachable):
            one.check()
        assert both in one.status().next_step
        one.install_offline(file(vendor))
        assert both not in one.status().next_step
        assert one.require("medium")


@pytest.mark.parametrize("form", ["text", "bytes", "path", "file", "binary file", "crlf"])
def test_B47_an_offline_licence_installs_from_pasted_text_or_file(vendor, product, tmp_path, form):
    text = file(vendor, ends=NOW + 100 * DAY - timedelta(seconds=1))  # 99 whole days, however soon it is asked
    path = tmp_path / "licence.txt"
    path.write_text(text)
    sources = {
        "text": lambda: "\n  " + text,
        "bytes": text.encode,
        "path": lambda: path,
        "file": lambda: io.StringIO(text),
        "binary file": lambda: io.BytesIO(b"\xef\xbb\xbf" + text.encode()),
        "crlf": lambda: text.replace("\n", "\r\n"),
    }
    done = product.install_offline(sources[form]())
    assert (done.id, done.expires_at, done.next_step) == (
        "Lx5mQ2rT8vBz",
        NOW + 30 * DAY,
        "Ask all users to log out and in again.",
    )
    assert done.licences[0].items == ("1 × Plan Größe M", "2 × API")
    assert product.require("medium").until == NOW + 30 * DAY
    status = product.status()
    assert (status.mode, status.valid, status.days_left, status.contract) == (Mode.OFFLINE, True, 99, "V-2026-001")
    assert (status.limits["objects"].max, status.limits["tenants"].unlimited, status.seats["full"].max) == (
        5000,
        True,
        25,
    )
    assert status.last_check.ok
    assert vendor.requests == []
    assert client(vendor, tmp_path).require("medium")


def test_B48_it_must_match_the_saved_token(vendor, product, tmp_path):
    product.install_offline(file(vendor))
    before = snapshot(product, tmp_path)
    for tokens in ([new_token("acme").public_id], []):
        with pytest.raises(FileRefused) as refusal:
            product.install_offline(file(vendor, tok=tokens, seq=8))
        assert refusal.value.code == "file_wrong_token"
        assert "gehört nicht zum gespeicherten Lizenz-Token" in refusal.value.message("de")
    assert snapshot(product, tmp_path) == before
    # Another token makes the file that is there count no more; the right one does again.
    product.save_token(new_token("acme").text)
    assert product.status().licences[0].code == "file_wrong_token"
    with pytest.raises(NotChecked):
        product.require()
    product.save_token(vendor.token.text)
    assert product.require()


def refusals(vendor):
    return {
        "file_malformed": [
            "",
            "x",
            "/etc/passwd",
            "a\0b",
            BEGIN,
            file(vendor)[:-30],
            "x\n" * 10_001,
            "<script>\n",
            "é\n",
            b"\xff\xfe",
        ],
        "file_wrong_audience": [file(vendor, aud=["other"])],
        "file_expired": [file(vendor, issued=NOW - 40 * DAY)],
        "file_not_yet_valid": [file(vendor, issued=NOW + 2 * DAY)],
        "file_wrong_machine": [file(vendor, bind=["0" * 64])],
        "file_superseded": [file(vendor, seq=6)],
        "file_unreadable": [Path("there-is-none.txt"), Path("/"), Path("a\0b")],
    }


REFUSALS = [
    "file_malformed",
    "file_wrong_audience",
    "file_expired",
    "file_not_yet_valid",
    "file_wrong_machine",
    "file_superseded",
    "file_unreadable",
]


@pytest.mark.parametrize("code", REFUSALS)
def test_B49_whatever_is_refused_leaves_the_licences_unchanged(vendor, product, tmp_path, code):
    product.install_offline(file(vendor))
    before = snapshot(product, tmp_path)
    for source in refusals(vendor)[code]:
        with pytest.raises(FileRefused) as refusal:
            product.install_offline(source)
        assert refusal.value.code == code
        assert refusal.value.message("de") != refusal.value.message("en")
        assert snapshot(product, tmp_path) == before
    assert product.require("medium")


def test_B49_every_bad_file_of_the_vectors_leaves_the_licences_unchanged(vendor, product, tmp_path):
    product.install_offline(file(vendor))
    before = snapshot(product, tmp_path)
    for path in sorted(VECTORS.glob("*.txt")):
        with pytest.raises(FileRefused):
            product.install_offline(path)
    assert snapshot(product, tmp_path) == before


def test_a_file_bound_to_this_machine_is_installed(vendor, product):
    bound = fingerprint_hash(product.machine_id)
    product.install_offline(file(vendor, bind=["0" * 64, bound]))
    assert product.require()


def test_a_file_is_for_a_machine_of_which_enough_parts_are_there(vendor, tmp_path):
    def on(**parts):
        one = client(vendor, tmp_path, fingerprint={"machine": "one", "board": "two", "mac": "three"} | parts)
        one.save_token(vendor.token.text)
        return one

    bound = {"bind": ["0" * 64], "machine": {"marks": list(marks_of(parts_of(on()))), "matching": "most"}}
    on(mac="x").install_offline(file(vendor, **bound))
    assert on(mac="x").require()
    assert on(mac="x", board="x").permission().code != "valid"
    for matching, exchanged, fits in (("any", 2, True), ("all", 0, True), ("all", 1, False), ("sing", 1, False)):
        bound["machine"]["matching"] = matching
        other = on(**dict.fromkeys(("mac", "board")[:exchanged], "x"))
        other.remove_token()
        other.save_token(vendor.token.text)
        if fits:
            other.install_offline(file(vendor, **bound))
        else:
            with pytest.raises(FileRefused) as refusal:
                other.install_offline(file(vendor, **bound))
            assert refusal.value.code == "file_wrong_machine"
    nothing = client(vendor, tmp_path, fingerprint={"machine": "other"})
    for said in (7, {"marks": []}, {"marks": [1]}, {"marks": "abc", "matching": "any"}):
        with pytest.raises(FileRefused):
            nothing.install_offline(file(vendor, bind=["0" * 64], machine=said))


def test_after_the_end_a_file_falls_back_for_the_versions_published_before(vendor, tmp_path):
    ended = file(vendor, issued=NOW - DAY, ends=NOW - 5 * DAY, grace_days=2, fallback=True)
    for released_on, code in (
        ((NOW - 9 * DAY).date(), "fallback"),
        ((NOW - 2 * DAY).date(), "expired"),
        (None, "expired"),
    ):
        one = client(vendor, tmp_path, released_on=released_on)
        one.save_token(vendor.token.text)
        one.install_offline(ended)
        assert (one.permission().code, one.status().licences[0].code) == (code, code)
        assert bool(one.permission()) is (code == "fallback")
    one = client(vendor, tmp_path, released_on=(NOW - 9 * DAY).date())
    one.install_offline(file(vendor, issued=NOW - DAY, ends=NOW - 5 * DAY, grace_days=2, seq=8))
    assert one.permission().code == "expired", "without the claim it ends as it always did"


def test_B50_selected_licences_are_removed(vendor, product):
    product.check()
    product.install_offline(file(vendor))
    assert [row.id for row in product.status().licences] == ["Lic1", "Lx5mQ2rT8vBz"]
    removed = product.remove(["Lx5mQ2rT8vBz", "unknown"])
    assert removed.ids == ("Lx5mQ2rT8vBz",)
    assert [row.id for row in product.status().licences] == ["Lic1"]
    assert product.require("add-on-a")  # the server's answer goes on
    assert product.remove(["Lic1"]).ids == ("Lic1",)
    with pytest.raises(NotChecked):
        product.require()
    assert product.status().licences == ()
    assert product.remove(["Lic1"]).ids == ()
    assert product.check().valid


def test_R50_a_renewed_file_is_used_without_a_restart(vendor, tmp_path):
    clock = [NOW]
    running = client(vendor, tmp_path, clock=lambda: clock[0])
    running.save_token(vendor.token.text)
    running.install_offline(file(vendor))
    assert running.require("medium").until == NOW + 30 * DAY
    clock[0] = NOW + 25 * DAY
    # The administrator installs the next one from another process.
    with client(vendor, tmp_path, clock=lambda: clock[0]) as other:
        other.install_offline(file(vendor, issued=NOW + 25 * DAY, seq=8, jti="Next"))
    assert running.require("medium").until == NOW + 55 * DAY
    assert running.status().licences[0].id == "Next"
    clock[0] = NOW + 56 * DAY
    with pytest.raises(NotChecked) as refusal:
        running.require("medium")
    assert (refusal.value.code, "neue" in refusal.value.message("de")) == ("file_expired_since", True)
    with client(vendor, tmp_path, clock=lambda: clock[0]) as other:
        other.install_offline(file(vendor, issued=NOW + 56 * DAY, seq=9))
    assert running.require("medium")


@pytest.mark.parametrize(
    ("enforcement", "after_grace", "access"),
    [("block", "read_only", Access.READ_ONLY), ("block", "stop", Access.NONE), ("advise", "stop", Access.FULL)],
)
def test_the_end_of_the_licence_in_a_file_acts_as_the_vendor_says(vendor, tmp_path, enforcement, after_grace, access):
    clock = [NOW]
    one = client(vendor, tmp_path, clock=lambda: clock[0])
    one.save_token(vendor.token.text)
    one.install_offline(
        file(
            vendor, life=300 * DAY, ends=NOW + 10 * DAY, grace_days=5, enforcement=enforcement, after_grace=after_grace
        )
    )
    assert (one.permission().code, one.status().days_left) == ("valid", 10)
    clock[0] = NOW + 12 * DAY
    assert (one.require().code, one.status().days_left) == ("in_grace", 0)
    clock[0] = NOW + 16 * DAY
    permission = one.permission("medium")
    assert (permission.code, permission.access) == ("expired", access)
    if access is not Access.FULL:
        with pytest.raises(NotLicensed):
            one.require()


def test_a_version_published_after_the_maintenance_is_not_covered(vendor, tmp_path):
    text = file(vendor, maint_until=seconds(NOW - 10 * DAY), ends=None)
    for released, code in ((NOW - 20 * DAY, "valid"), (NOW - 5 * DAY, "version_not_maintained")):
        one = client(vendor, tmp_path, released_on=released.date())
        one.save_token(vendor.token.text)
        one.install_offline(text)
        assert one.permission().code == code
        assert one.status().unlimited


def test_the_last_thing_that_was_done_counts(vendor, product):
    product.check()
    product.install_offline(file(vendor))
    assert (product.status().mode, product.status().kind) == (Mode.OFFLINE, "subscription")
    product.check()
    assert product.status().mode is Mode.ONLINE
    vendor.changes = {"valid": False, "code": "suspended", "access": "none"}
    product.check()
    with pytest.raises(NotLicensed):  # the file in the drawer does not help
        product.require()


def test_when_the_answer_is_over_a_good_file_counts(vendor, product, tmp_path):
    vendor.changes = {"exp": seconds(NOW + timedelta(hours=2))}
    product.install_offline(file(vendor))
    product.check()
    later = client(vendor, tmp_path, clock=lambda: NOW + timedelta(hours=3))
    assert (later.status().mode, bool(later.require())) == (Mode.OFFLINE, True)


@pytest.mark.parametrize("revoked", [False, True])
def test_R52_a_file_is_taken_back_by_the_signed_list_when_the_token_is_refused(vendor, product, revoked):
    product.install_offline(file(vendor))
    vendor.revoked = ["Other", "Lx5mQ2rT8vBz"] if revoked else ["Other"]
    vendor.act = lambda h, path, _: (
        path.startswith("/api/") and (h.say(401, {"code": "token_invalid"}, "application/problem+json") or True)
    )
    with pytest.raises(TokenInvalid):
        product.check()
    if not revoked:
        assert product.require("medium")
        return
    with pytest.raises(NotLicensed) as refusal:
        product.require("medium")
    assert refusal.value.code == "token_invalid"
    with pytest.raises(FileRefused) as refusal:
        product.install_offline(file(vendor))
    assert refusal.value.code == "file_revoked"


def test_a_clock_that_was_set_back_installs_no_old_file(vendor, product, tmp_path):
    product.install_offline(file(vendor))
    with pytest.raises(ClockSetBack):
        client(vendor, tmp_path, clock=lambda: NOW - 40 * DAY).install_offline(
            file(vendor, issued=NOW - 50 * DAY, seq=9)
        )


def suspend(vendor, *files):
    vendor.changes = {"valid": False, "code": "suspended", "access": "none"}
    vendor.revoked = [*files]


@pytest.mark.parametrize("first", ["installed", "removed", "in the drawer"])
@pytest.mark.parametrize("deed", ["check", "heartbeat"])
def test_R52_a_suspended_customer_does_not_go_on_with_the_file(vendor, product, first, deed):
    if first != "in the drawer":
        product.install_offline(file(vendor))
    if first == "removed":
        product.remove(["Lx5mQ2rT8vBz"])
    product.check()
    suspend(vendor, "Other", "Lx5mQ2rT8vBz")
    product._core.kept.change(lambda state: state.update(revoked_at=state["revoked_at"] - 3601))
    getattr(product, deed)()
    with pytest.raises(NotLicensed):
        product.require()
    with pytest.raises(FileRefused) as refusal:
        product.install_offline(file(vendor))
    assert refusal.value.code == "file_revoked"
    with pytest.raises(NotLicensed):
        product.require()


def test_R52_the_list_of_files_taken_back_is_fetched_once_a_day_and_not_at_each_beat(vendor, product):
    path = "/.well-known/torhaus-revocations"
    for _ in range(3):
        product.check()
    assert vendor.asked().count(path) == 1
    suspend(vendor)
    for _ in range(3):
        product.heartbeat()
    assert vendor.asked().count(path) == 1
    later = vendor.now() + 2 * DAY
    vendor.now, vendor.changes = (lambda: later), {}
    product.heartbeat()
    assert vendor.asked().count(path) == 2


def test_R52_the_list_is_fetched_at_once_while_a_file_is_installed(vendor, product):
    product.check()
    product.install_offline(file(vendor))
    suspend(vendor, "Lx5mQ2rT8vBz")
    product.heartbeat()
    assert product.status().licences == () or "Lx5mQ2rT8vBz" not in [one.id for one in product.status().licences]
    assert product.permission().code == "suspended"
