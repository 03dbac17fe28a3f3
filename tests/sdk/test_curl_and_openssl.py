"""docs/curl-and-openssl.md as it stands: its commands against a served portal, its programs against forged answers."""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.sdk.languages import PROGRAMS, ROOT, Language
from tests.sdk.licences import KEY, KEYS, KID
from tests.servers import free_port
from torhaus_sdk.answers import ANSWER_TYPE
from torhaus_sdk.jwks import jwks
from torhaus_sdk.jws import b64, sign, unb64
from torhaus_sdk.licence import LICENCE_TYPE

PAGE = (ROOT / "docs" / "curl-and-openssl.md").read_text("utf-8")
SAVED = re.compile(
    r"^Save as `(?P<file>[^`]+)`:\n\n```\w+\n(?P<code>.*?)\n```\n\n```\n(?P<command>[^\n]+)\n```\n",
    re.DOTALL | re.MULTILINE,
)
LANGUAGES = [Language(**found.groupdict()) for found in SAVED.finditer(PAGE)]
NAMES = [
    pytest.param(
        one,
        id=one.name,
        marks=[
            pytest.mark.slow,
            pytest.mark.skipif(
                not all(shutil.which(program) for program in PROGRAMS[one.name]), reason=f"needs {one.name}"
            ),
        ],
    )
    for one in LANGUAGES
]
TOOLS = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("curl", "jq", "openssl")), reason="needs curl, jq and openssl"
)


def content(**changes) -> dict:
    """The content of an answer that is current now."""
    now = int(time.time())
    said = {"iss": "acme", "aud": "acme", "sub": "Lx5mQ2rT8vBz", "iat": now, "exp": now + 86400}
    said |= {"valid": True, "code": "valid", "access": "full"} | changes
    return {name: value for name, value in said.items() if value is not ...}


def answer(typ=ANSWER_TYPE, key=KEY, kid=KID, **changes) -> str:
    return sign(content(**changes), key=key, kid=kid, typ=typ)


def altered() -> str:
    head, payload, signature = answer(code="expired", access="none").split(".")
    said = json.loads(unb64(payload))
    return f"{head}.{b64(json.dumps(said | {'access': 'full'}).encode())}.{signature}"


def unsigned() -> str:
    head = b64(json.dumps({"alg": "none", "kid": KID, "typ": ANSWER_TYPE}).encode())
    return f"{head}.{b64(json.dumps(content()).encode())}."


FORGED = {
    "altered": altered,
    "unsigned": unsigned,
    "another key": lambda: answer(key=Ed25519PrivateKey.from_private_bytes(b"x" * 32)),
    "unknown key id": lambda: answer(kid="other"),
    "a licence file": lambda: answer(typ=LICENCE_TYPE),
    "another product": lambda: answer(aud="other"),
    "over": lambda: answer(exp=int(time.time()) - 5),
    "cut short": lambda: answer()[:-9],
    "empty": str,
    "no answer at all": lambda: "...",
}


def run(language: Language, folder: Path, portal: str, token: str = "acme_x") -> tuple[str, int]:
    language.written_to(folder)
    command = language.command.replace("https://portal.example.com", portal)
    done = subprocess.run(
        command, shell=True, cwd=folder, env=os.environ | {"TORHAUS_TOKEN": token},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.stdout.strip() or done.stderr, done.returncode


@pytest.mark.parametrize("language", NAMES)
def test_a_kept_answer_serves_while_the_portal_is_silent_and_no_forged_one_does(language, tmp_path):
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    silent = f"http://127.0.0.1:{free_port()}"
    assert run(language, tmp_path, silent) == ("no answer", 2)
    for said, code, access in (("valid full", 0, "full"), ("expired read_only", 1, "read_only")):
        (tmp_path / "answer.jws").write_text(answer(code=said.split()[0], access=access))
        assert run(language, tmp_path, silent) == (said, code)
    for name, forge in FORGED.items():
        (tmp_path / "answer.jws").write_text(forge())
        assert run(language, tmp_path, silent) == ("no answer", 2), name
