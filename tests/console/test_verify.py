"""``torhaus verify`` says what a licence file contains, and whether it is valid or precisely why not."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests import people, processes
from tests.sdk.licences import KEY, KEYS, KID, licence
from torhaus.console.main import app
from torhaus.core import clock
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.distrust_signing_key import distrust_signing_key
from torhaus.vendor.keys import active_signer
from torhaus_sdk.armour import armour
from torhaus_sdk.jwks import jwks
from torhaus_sdk.licence import sign_licence

pytestmark = pytest.mark.django_db


def current(**fields):
    """A licence that is current whenever the tests run."""
    now = clock.now().replace(microsecond=0)
    times = {"issued_at": now, "not_before": now, "expires_at": now + timedelta(days=30), "licence_ends_at": None}
    return licence(**times | fields)


@pytest.fixture
def write(tmp_path):
    def written(whole, *, key=KEY, kid=KID) -> str:
        path = tmp_path / "licence.txt"
        path.write_text(armour(sign_licence(whole, key=key, kid=kid)))
        return str(path)

    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    return written


def verify(*words):
    done = CliRunner().invoke(app, ["verify", *words])
    return done.exit_code, done.output


def test_verify_says_in_words_what_this_portal_signed(write):
    create_signing_key(by=people.SYSTEM)
    signer = active_signer()
    ends = clock.now().replace(microsecond=0) + timedelta(days=99)
    path = write(current(licence_ends_at=ends, maintained_until=ends), key=signer.key, kid=signer.kid)
    code, told = verify(path)
    assert code == 0, told
    for line in (
        "licence:       V-2026-001, file 7 (Lx5mQ2rT8vBz), issued by acme",
        "customer:      10482",
        "for:           acme, acme-agent",
        "environment:   production",
        "contains:      1 × Plan Größe M (plan medium)",
        "contains:      2 × API (add_on api), until 2026-11-22 12:00 UTC",
        "allowance:     objects: 5000",
        "allowance:     tenants: unlimited",
        "seats:         full: 25, named",
        "seats:         guest: unlimited, named",
        f"licence ends:  {ends:%Y-%m-%d %H:%M} UTC",
        "grace:         30 days",
        f"maintenance:   until {ends:%Y-%m-%d %H:%M} UTC",
        "machines:      any",
        "tokens:        Ab3dE5fG7hJ9",
        f"VALID until {ends:%Y-%m-%d %H:%M} UTC; this file until",
    ):
        assert line in told
    distrust_signing_key(kid=signer.kid, by=people.SYSTEM)
    code, told = verify(path)
    assert (code, told.startswith("NOT VALID (unknown_key): It was signed with the key")) == (1, True), told


def test_the_words_for_each_way_it_can_stand(write, tmp_path):
    keys, day, now = ["--keys", str(tmp_path / "jwks.json")], timedelta(days=1), clock.now().replace(microsecond=0)
    path = write(current())
    assert "VALID without end; this file until" in verify(path, *keys, "--audience", "acme")[1]
    assert "licence ends:  never" in verify(path, *keys)[1]
    code, told = verify(path, *keys, "--audience", "other")
    assert (code, "NOT VALID (wrong_audience): It is for acme, acme-agent, not for other." in told) == (1, True)
    assert "customer:      10482" in told, "it is genuine, so its content is said all the same"
    assert verify(path, *keys, "--token", "acme_Ab3dE5fG7hJ9")[0] == 0
    code, told = verify(path, *keys, "--token", "Zz3dE5fG7hJ9")
    assert (code, "NOT VALID (wrong_token)" in told) == (1, True)
    code, told = verify(
        write(current(issued_at=now - 40 * day, not_before=now - 40 * day, expires_at=now - day)), *keys
    )
    assert (code, "NOT VALID (expired): This file was valid until" in told) == (1, True)
    code, told = verify(write(current(licence_ends_at=now - day, maintained_until=now - day)), *keys)
    assert (code, "VALID, in grace until" in told, "note:          maintenance has ended" in told) == (0, True, True)
    code, told = verify(write(current(licence_ends_at=now - 40 * day)), *keys)
    assert (code, "NOT VALID (ended): the file is genuine, but the licence ended" in told) == (1, True)


def test_json_for_programs(write, tmp_path):
    keys = ["--keys", str(tmp_path / "jwks.json"), "--json"]
    whole = current()
    code, told = verify(write(whole), *keys)
    said = json.loads(told)
    assert (code, said["valid"], said["code"], said["state"], said["state_until"]) == (0, True, "valid", "valid", None)
    assert said["claims"] == whole.claims()
    ended = json.loads(verify(write(current(licence_ends_at=clock.now() - timedelta(days=50))), *keys)[1])
    assert (ended["valid"], ended["code"]) == (False, "ended")
    (tmp_path / "licence.txt").write_text("nothing")
    code, told = verify(str(tmp_path / "licence.txt"), *keys)
    assert (code, json.loads(told)["code"], "claims" in told) == (1, "malformed", False)


def test_a_file_cannot_play_with_the_terminal(write, tmp_path):
    code, told = verify(
        write(current(edition="\x1b[2J\x1b[31m", subject="a\nVALID")), "--keys", str(tmp_path / "jwks.json")
    )
    assert code == 0
    assert "\x1b" not in told
    assert "\nVALID," not in told


def test_with_keys_it_needs_no_database_and_reads_standard_input(write, tmp_path):
    path = write(current())
    env = processes.environment(TORHAUS_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    command = [sys.executable, "-c", "from torhaus.console.main import app; app()", "verify", "-"]
    command += ["--keys", str(tmp_path / "jwks.json")]
    with Path(path).open("rb") as text:
        done = subprocess.run(command, stdin=text, capture_output=True, text=True, env=env, check=False, timeout=60)
    assert (done.returncode, "VALID without end" in done.stdout) == (0, True), done.stderr


def test_wrong_usage(write, tmp_path):
    path = write(current())
    assert verify(str(tmp_path / "nothing.txt"))[0] == 2
    assert verify(str(tmp_path))[0] == 2
    assert verify(path, "--keys", str(tmp_path / "nothing.json"))[0] == 2
    (tmp_path / "bad.json").write_text("{}")
    code, told = verify(path, "--keys", str(tmp_path / "bad.json"))
    assert (code, 'not an object with the list "keys"' in told) == (1, True)
    (tmp_path / "bad.json").write_text('{"keys": []}')
    code, told = verify(path, "--keys", str(tmp_path / "bad.json"))
    assert (code, "holds no Ed25519 key for signatures" in told) == (1, True)
