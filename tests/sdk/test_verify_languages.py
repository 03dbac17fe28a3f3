"""R46: the documented programs say of every file what the SDK says, as they stand on the page."""

import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from scripts import make_vectors

from tests.sdk.languages import EXPECTED, VECTORS, damaged, documented, sdk_verdict
from tests.sdk.licences import KEY, KEYS, KID, licence
from torhaus_sdk.jwks import jwks
from torhaus_sdk.licence import armour, sign_licence

LANGUAGES = [
    pytest.param(
        language,
        id=language.name,
        marks=[
            pytest.mark.slow,
            pytest.mark.skipif(bool(language.lacks()), reason=f"needs {', '.join(language.lacks())}"),
        ],
    )
    for language in documented()
]


def test_R46_the_page_has_programs_for_five_languages():
    assert [language.name for language in documented()] == ["sh", "node", "java", "php", "go"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_R46_R47_R48_every_vector_earns_the_same_code(language, tmp_path):
    files = [VECTORS / name for name in EXPECTED]
    said = language.verdicts(tmp_path, files)
    wrong = {path.name: (said[path], EXPECTED[path.name]) for path in files if said[path] != EXPECTED[path.name]}
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_R48_damage_anywhere_earns_the_code_the_sdk_gives(language, tmp_path):
    data = (VECTORS / "valid.txt").read_bytes()
    wanted = {}
    # A shell starts some twenty programs for a file.
    for n, text in enumerate(damaged(data, 89 if language.name == "sh" else 7)):
        path = tmp_path / f"{n}.txt"
        path.write_bytes(text)
        wanted[path] = sdk_verdict(text)
    path = tmp_path / "long.txt"
    path.write_bytes(data + b"\n" * 200_000)
    wanted[path] = "malformed"
    said = language.verdicts(tmp_path, list(wanted))
    assert {path.name: (said[path], wanted[path]) for path in wanted if said[path] != wanted[path]} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_works_as_it_is_documented(language, tmp_path):
    language.written_to(tmp_path)
    now = datetime.fromtimestamp(int(time.time()), UTC)
    current = replace(
        licence(), issued_at=now, not_before=now, expires_at=now + timedelta(days=1), licence_ends_at=None
    )
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    (tmp_path / "licence.txt").write_text(armour(sign_licence(current, key=KEY, kid=KID)))
    done = subprocess.run(language.command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("valid\tlicence.txt\n", 0), done.stderr
    over = replace(
        current, expires_at=now - timedelta(hours=1), issued_at=now - timedelta(2), not_before=now - timedelta(2)
    )
    (tmp_path / "licence.txt").write_text(armour(sign_licence(over, key=KEY, kid=KID)))
    done = subprocess.run(language.command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("expired\tlicence.txt\n", 1), done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_keys_among_keys_of_other_kinds(language, tmp_path):
    others = (
        '{"kty":"EC","crv":"P-256","kid":"other","x":"AA","y":"AA"},{"kty":"OKP","crv":"X25519","kid":"x","x":"AA"},'
    )
    keys = (VECTORS / "jwks.json").read_text().replace('"keys": [', '"keys": [' + others)
    (tmp_path / "mixed.json").write_text(keys)
    changed = replace(language, command=language.command.replace("jwks.json", "mixed.json"))
    files = [VECTORS / "valid.txt", VECTORS / "retired-key.txt", VECTORS / "kid-unknown.txt"]
    assert list(changed.verdicts(tmp_path, files).values()) == ["valid", "valid", "unknown_key"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_large_licence(language, tmp_path):
    item = {"key": "x" * 60, "kind": "add_on", "name": "Größe", "quantity": 1, "until": None}
    text = make_vectors.file(entitlements={"items": [item] * 700, "allowances": {}})
    assert 100_000 < len(text) < 200_000
    (tmp_path / "large.txt").write_text(text)
    assert list(language.verdicts(tmp_path, [tmp_path / "large.txt"]).values()) == ["valid"]
