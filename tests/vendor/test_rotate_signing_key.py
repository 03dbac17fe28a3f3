"""``torhaus rotate-key``: overlap, two active keys at most, leaked keys; and where no private key ever is."""

import base64
import json
import logging
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings as portal
from django.core.management import call_command
from django.db import connection
from django_scopes import scopes_disabled
from typer.testing import CliRunner

from tests import people, processes
from tests.sdk.licences import licence
from torhaus.console.main import app
from torhaus.core import clock
from torhaus.records.models import Record
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.distrust_signing_key import DistrustedAlready, NoSuchKey, distrust_signing_key
from torhaus.vendor.keys import active_keys, active_signer, trusted_keys
from torhaus.vendor.models import KeyPurpose, SigningKey
from torhaus.vendor.rotate_signing_key import RotationPending, rotate_signing_key
from torhaus_sdk.licence import armour, sign_licence, verify_licence
from torhaus_sdk.refusals import UnknownKey

pytestmark = pytest.mark.django_db
NOON = people.NOON


def rotate(days=0, purpose=KeyPurpose.LICENCE):
    return rotate_signing_key(purpose=purpose, publish_days=days, by=people.SYSTEM)


def file() -> str:
    """A licence file, signed by whichever key signs now."""
    signer = active_signer()
    return armour(sign_licence(licence(), key=signer.key, kid=signer.kid))


def verified(text: str):
    return verify_licence(text, keys=trusted_keys(), audience="acme", now=NOON)


def test_R51_old_files_stay_valid_new_ones_use_the_new_kid_and_a_retired_key_signs_nothing():
    first = create_signing_key(by=people.SYSTEM)
    old = file()
    second = rotate()
    assert (second.signed_before, second.retired) == (first.kid, ())
    assert active_signer().kid == second.key.kid
    third = rotate()
    assert third.retired == (first.kid,)
    assert verified(old) == verified(file()) == licence()
    first.refresh_from_db()
    assert (first.state, first.private_key_encrypted) == ("retired", "")
    assert [row.kid for row in active_keys()] == [third.key.kid, second.key.kid]


def test_R51_a_key_published_first_signs_from_its_day_on():
    with clock.at(NOON):
        first = create_signing_key(by=people.SYSTEM)
        coming = rotate(days=30).key
        assert active_signer().kid == first.kid
        assert list(trusted_keys()) == [first.kid, coming.kid]
        with pytest.raises(RotationPending, match="signs from 2026-12-22 11:00 UTC"):
            rotate()
    with clock.at(NOON + timedelta(days=30, seconds=-1)):
        assert active_signer().kid == first.kid
    with clock.at(NOON + timedelta(days=30)):
        assert active_signer().kid == coming.kid
        assert active_signer().kid != rotate().key.kid == active_signer().kid


def test_R51_the_newest_key_signs_and_the_oldest_retires_though_the_clock_was_set_back_between():
    made = []
    for days in (0, -1, -2):
        with clock.at(NOON + timedelta(days=days)):
            made.append(rotate())
    with clock.at(NOON + timedelta(days=-2)):
        assert active_signer().kid == made[2].key.kid
        assert made[2].retired == (made[0].key.kid,)
        assert [row.kid for row in active_keys()] == [made[2].key.kid, made[1].key.kid]
        assert list(trusted_keys()) == [one.key.kid for one in made]


def test_each_purpose_has_keys_of_its_own():
    create_signing_key(by=people.SYSTEM)
    licence_key = active_signer().kid
    release = rotate(purpose=KeyPurpose.RELEASE)
    assert release.signed_before == ""
    assert active_signer().kid == licence_key
    assert active_signer(KeyPurpose.RELEASE).kid == release.key.kid
    for _ in range(3):
        rotate(purpose=KeyPurpose.RELEASE)
    assert active_signer().kid == licence_key, "rotating the one retires none of the other"
    assert release.key.kid not in trusted_keys()


def test_the_records_say_what_was_rotated():
    with clock.at(NOON):
        first = create_signing_key(by=people.SYSTEM)
        done = rotate(days=7)
        distrust_signing_key(kid=first.kid, by=people.SYSTEM)
    with scopes_disabled():
        one, other = Record.objects.order_by("pk")[1:]
    assert (one.deed, one.subject_ref, one.before) == ("rotate_signing_key", done.key.kid, {"kid": first.kid})
    signs_from = "2026-11-29T11:00:00+00:00"
    assert one.after == {"kid": done.key.kid, "purpose": "licence", "signs_from": signs_from, "retired": []}
    assert (other.deed, other.subject_ref, other.before) == ("distrust_signing_key", first.kid, {"state": "active"})
    assert other.after == {"state": "distrusted", "purpose": "licence", "signs_now": done.key.kid}


def test_what_a_distrusted_key_signed_counts_no_more():
    leaked = create_signing_key(by=people.SYSTEM)
    text = file()
    done = distrust_signing_key(kid=leaked.kid, by=people.SYSTEM)
    assert done.made
    assert active_signer().kid == done.signs_now != leaked.kid
    with pytest.raises(UnknownKey):
        verified(text)
    leaked.refresh_from_db()
    assert (leaked.state, leaked.private_key_encrypted) == ("distrusted", "")
    with pytest.raises(DistrustedAlready):
        distrust_signing_key(kid=leaked.kid, by=people.SYSTEM)
    with pytest.raises(NoSuchKey):
        distrust_signing_key(kid="nobody", by=people.SYSTEM)


def test_the_waiting_key_begins_when_the_signing_one_is_distrusted():
    first = create_signing_key(by=people.SYSTEM)
    coming = rotate(days=30).key
    done = distrust_signing_key(kid=first.kid, by=people.SYSTEM)
    assert (done.signs_now, done.made) == (coming.kid, False)
    assert active_signer().kid == coming.kid


def test_distrusting_the_waiting_or_the_older_key_leaves_the_signer():
    first = create_signing_key(by=people.SYSTEM)
    coming = rotate(days=30).key
    assert distrust_signing_key(kid=coming.kid, by=people.SYSTEM).signs_now == first.kid
    second = rotate().key
    assert distrust_signing_key(kid=first.kid, by=people.SYSTEM).signs_now == second.kid
    assert list(trusted_keys()) == [second.kid]


def test_two_rotations_at_once_leave_two_active_keys(transactional_db):
    create_signing_key(by=people.SYSTEM)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _rotated(), range(4)))
    assert len(active_keys()) == 2
    assert SigningKey.objects.count() == 5
    assert SigningKey.objects.exclude(state="active").exclude(private_key_encrypted="").count() == 0


def _rotated() -> None:
    try:
        rotate()
    finally:
        connection.close()


@pytest.mark.slow
def test_R53_no_private_key_is_in_database_backup_log_or_output(transactional_db, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    shown, privates = "", []
    create_signing_key(by=people.SYSTEM)
    privates.append(active_signer().key)
    for purpose in KeyPurpose:
        for _ in range(2):
            shown += processes.torhaus("rotate-key", "--purpose", purpose.value).stdout
            privates.append(active_signer(purpose).key)
    shown += processes.torhaus("rotate-key", "--json").stdout
    privates.append(active_signer().key)
    shown += processes.torhaus("check").stdout + processes.torhaus("check", "--audit").stdout
    assert active_signer().kid in shown
    with (tmp_path / "dump.json").open("w") as out, scopes_disabled():
        call_command("dumpdata", "vendor", "records", stdout=out)
    dump = (tmp_path / "dump.json").read_bytes()
    assert active_signer().kid.encode() in dump
    dump += _backup(tmp_path) + shown.encode() + caplog.text.encode() + repr(active_signer()).encode()
    dump += b"".join(path.read_bytes() for path in Path(portal.DATA_DIR).rglob("*") if path.is_file())
    for private in privates:
        assert not [form for form in _forms(private) if form in dump]


def _backup(folder) -> bytes:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(folder / "copy.sqlite3")])
        return (folder / "copy.sqlite3").read_bytes()
    db = connection.settings_dict
    command = ["pg_dump", "-h", db["HOST"], "-p", str(db["PORT"]), "-U", db["USER"], db["NAME"]]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _forms(private) -> list[bytes]:
    raw = private.private_bytes_raw()
    return [
        raw,
        raw.hex().encode(),
        base64.b64encode(raw).rstrip(b"="),
        base64.urlsafe_b64encode(raw).rstrip(b"="),
        private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    ]


def torhaus(*words):
    """The command line, in this process."""
    return CliRunner().invoke(app, list(words))


def test_the_command_says_what_follows():
    first = create_signing_key(by=people.SYSTEM)
    told = torhaus("rotate-key", "--publish-first", "30").output
    assert f"what {first.kid} signed stays valid" in told
    assert "/.well-known/jwks.json" in told
    assert "products that carry the keys in" in told
    waiting = torhaus("rotate-key")
    assert waiting.exit_code == 1
    assert "is published already and signs from" in waiting.output
    coming = active_keys()[0].kid
    assert torhaus("rotate-key", "--distrust", coming).exit_code == 2, "nobody to ask, and no --yes"
    assert torhaus("rotate-key", "--distrust", coming, "--publish-first", "3").exit_code == 2
    assert torhaus("rotate-key", "--publish-first", "-1").exit_code == 2
    assert SigningKey.objects.filter(state="active").count() == 2
    told = torhaus("rotate-key", "--distrust", coming, "--yes", "--json").output
    assert json.loads(told) == {"kid": coming, "purpose": "licence", "signs_now": first.kid, "made": False}
    again = torhaus("rotate-key", "--distrust", coming, "--yes")
    assert (again.exit_code, "distrusted already" in again.output) == (1, True)
    nobody = torhaus("rotate-key", "--distrust", "nobody", "--yes")
    assert (nobody.exit_code, "there is no signing key nobody" in nobody.output) == (1, True)


def test_check_names_old_and_waiting_keys():
    with clock.at(clock.now() - timedelta(days=731)):
        first = create_signing_key(by=people.SYSTEM)
        rotate(purpose=KeyPurpose.RELEASE)
    told = torhaus("check").output
    assert f"signing key: {first.kid} is 731 days old" in told
    assert "mend: run `torhaus rotate-key --publish-first 30`" in told
    assert "mend: run `torhaus rotate-key --purpose release --publish-first 30`" in told
    coming = rotate(days=30).key
    assert f"{coming.kid} is published and signs from" in torhaus("check").output
