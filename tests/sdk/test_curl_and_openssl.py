"""docs/curl-and-openssl.md as it stands: its commands against a served portal, its programs against forged answers."""

import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.sdk.languages import PROGRAMS, ROOT, Language
from tests.sdk.licences import KEY, KEYS, KID
from tests.servers import free_port, serving
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
SEED = """
import json
from datetime import timedelta
from torhaus.core import clock
from torhaus.licensing.models import ContractPolicy
from torhaus.vendor.actions import create_signing_key
people.vendor()
create_signing_key(by=people.SYSTEM)
people.allowance(people.item())
today = clock.today("Europe/Berlin")
year = {"starts_on": today - timedelta(40), "ends_on": today + timedelta(300)}
running = people.contract(people.customer(), **year)
people.booking(running)
with scopes_disabled():
    ContractPolicy.objects.create(contract=running, model="node_locked", max_installations=2)
tried = people.contract(people.customer("2", "Eval"), "V-2", kind="evaluation", auto_renews=False, **year)
people.booking(tried)
past = {"starts_on": today - timedelta(400), "ends_on": today - timedelta(200), "auto_renews": False}
over = people.contract(people.customer("3", "Over"), "V-3", **past)
people.booking(over)
print(json.dumps({"running": people.token(running), "evaluation": people.token(tried), "over": people.token(over)}))
"""


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


class Recorded(BaseHTTPRequestHandler):
    """Something between product and portal that gives an answer from before, genuine and current."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(content() | {"signed": answer(nonce="of another time")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("language", NAMES)
def test_an_answer_that_was_recorded_earlier_is_not_taken(language, tmp_path):
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorded) as between:
        thread = threading.Thread(target=between.serve_forever)
        thread.start()
        try:
            assert run(language, tmp_path, f"http://127.0.0.1:{between.server_port}") == ("no answer", 2)
        finally:
            between.shutdown()
            thread.join()
    assert not (tmp_path / "answer.jws").exists()


@pytest.fixture(scope="module")
def portal():
    """A served portal with a contract, an evaluation that is over, and their tokens."""
    with serving() as here:
        tokens = json.loads(here.python(SEED).strip().splitlines()[-1])
        yield here, tokens


def commands() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@TOOLS
@pytest.mark.servers
@pytest.mark.slow
def test_the_commands_run_as_printed_one_after_the_other(portal, tmp_path):
    here, tokens = portal
    variables, *rest = commands()
    assert "PORTAL=https://portal.example.com" in variables
    assert len(rest) == 8
    (tmp_path / "token.txt").write_text(tokens["running"] + "\n")
    script = "\n".join([variables.replace("https://portal.example.com", here.url), *rest])
    done = subprocess.run(
        ["sh", "-eu"], input=script, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    said = done.stdout
    assert '"code": "installation_required"' in said, "validate before there is an installation"
    assert re.search(r"^valid full next at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", said, re.MULTILINE)
    assert '"accepted":1' in said
    assert '"used":4200' in said
    assert "-----BEGIN TORHAUS LICENCE-----" in said
    assert '"deactivated":true' in said
    assert '"code": "invalid_body"' in said
    assert '"pointer": "/installation"' in said
    secret = (tmp_path / "token.txt").read_text().strip()
    assert secret not in here.log()
    assert (tmp_path / "authorization.txt").stat().st_mode & 0o777 == 0o600


@TOOLS
@pytest.mark.servers
@pytest.mark.slow
def test_the_commands_refuse_an_answer_that_was_changed_on_its_way(portal, tmp_path):
    here, _ = portal
    functions = commands()[1].split("\n\n", 1)[1]
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    for name, forge in {"good": answer, **FORGED}.items():
        script = f"PRODUCT=acme PORTAL={here.url}\n{functions}\nverified '{forge()}'"
        done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == (name == "good"), (name, done)
        assert ('"access": "full"' in done.stdout) == (name == "good"), (name, done)


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.servers
def test_each_program_asks_checks_keeps_and_forgets(language, portal, tmp_path):
    here, tokens = portal
    with urllib.request.urlopen(f"{here.url}/.well-known/jwks.json") as reply:
        (tmp_path / "jwks.json").write_bytes(reply.read())
    assert run(language, tmp_path, here.url, tokens["evaluation"]) == ("valid full", 0)
    kept = tmp_path / "answer.jws"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert run(language, tmp_path, f"http://127.0.0.1:{free_port()}", tokens["evaluation"]) == ("valid full", 0)
    assert run(language, tmp_path, here.url, tokens["over"]) == ("expired read_only", 1)
    assert run(language, tmp_path, here.url, tokens["running"][:-1] + "x") == ("no answer", 2)
    assert not kept.exists(), "a token that is not good ends what was kept"
