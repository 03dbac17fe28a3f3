"""docs/curl-and-openssl.md as it stands: its commands against a served portal, its programs against forged answers."""

import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
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
tokens = {"running": people.token(running), "evaluation": people.token(tried), "over": people.token(over)}
for number, name in enumerate(("node", "php", "go"), 4):
    own = people.contract(people.customer(str(number), name), f"V-{number}", kind="evaluation", auto_renews=False, **year)
    people.booking(own)
    tokens[name] = people.token(own)
print(json.dumps(tokens))
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


REFUSED = "The token was refused (401): ask the vendor for a new one. A kept answer goes on until its end.\n"
SET_BACK = "The clock of this machine was set back: set it right, or let the portal be reached.\n"


def told(language: Language, folder: Path, portal: str, token: str = "acme_x") -> tuple[str, int, str]:
    """What the program prints, what it ends with, and what it tells people on standard error."""
    language.written_to(folder)
    command = language.command.replace("https://portal.example.com", portal)
    done = subprocess.run(
        command, shell=True, cwd=folder, env=os.environ | {"TORHAUS_TOKEN": token},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.stdout.strip(), done.returncode, done.stderr


def run(language: Language, folder: Path, portal: str, token: str = "acme_x") -> tuple[str, int]:
    """The same for where there is nothing to tell."""
    said, code, errors = told(language, folder, portal, token)
    assert errors == ""
    return said, code


def seen(folder: Path) -> int:
    """The latest time that stands below the kept answer."""
    return int((folder / "answer.jws").read_text().splitlines()[1])


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


@contextmanager
def between(status: int, body: str) -> Iterator[str]:
    """Something between product and portal that says the same to whatever is asked; gives its address."""

    class Something(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if body.startswith("<") else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Something) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))  # looks often whether to end
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("language", NAMES)
def test_an_answer_that_was_recorded_earlier_is_not_taken(language, tmp_path):
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    with between(200, json.dumps(content() | {"signed": answer(nonce="of another time")})) as address:
        assert run(language, tmp_path, address) == ("no answer", 2)
    assert not (tmp_path / "answer.jws").exists()


PAGE_OF_A_GATEWAY = "<html><title>Sign in</title></html>"


@pytest.mark.parametrize("language", NAMES)
def test_a_refusal_of_whoever_it_is_ends_no_answer_before_its_own_end(language, tmp_path):
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    kept = tmp_path / "answer.jws"
    for body in (PAGE_OF_A_GATEWAY, json.dumps({"status": 401, "code": "token_invalid"}), ""):
        with between(401, body) as address:
            kept.unlink(missing_ok=True)
            assert told(language, tmp_path, address) == ("no answer", 2, REFUSED), body
            given = answer()
            kept.write_text(given)
            for _ in range(2):
                assert told(language, tmp_path, address) == ("valid full", 0, REFUSED), body
            assert kept.read_text().splitlines()[0] == given
            kept.write_text(answer(exp=int(time.time()) - 5))
            assert told(language, tmp_path, address) == ("no answer", 2, REFUSED), body


@pytest.mark.parametrize("language", NAMES)
def test_what_is_no_answer_of_a_portal_is_passed_over_for_the_kept_one(language, tmp_path):
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    (tmp_path / "answer.jws").write_text(answer())
    for body in (PAGE_OF_A_GATEWAY, "", "null", "[7]", '"text"', "{}", '{"signed": 7}', '{"signed": ["a"]}'):
        with between(200, body) as address:
            assert run(language, tmp_path, address) == ("valid full", 0), body


@pytest.mark.parametrize("language", NAMES)
def test_R49_a_clock_that_was_set_back_revives_no_answer(language, tmp_path):
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    silent, kept, now = f"http://127.0.0.1:{free_port()}", tmp_path / "answer.jws", int(time.time())
    for text in (
        f"{answer()}\n{now + 7200}\n",  # seen at an earlier start
        f"{answer(exp=now + 3600)}\n{now + 7200}\n",  # and the answer was over by then
        answer(iat=now + 7200),  # signed later than the clock shows
    ):
        kept.write_text(text)
        for _ in range(2):
            assert told(language, tmp_path, silent) == ("no answer", 2, SET_BACK)
        assert kept.read_text() == text, "a clock that is wrong leaves what is kept alone"
    kept.write_text(f"{answer()}\n{now + 1800}\n")
    assert run(language, tmp_path, silent) == ("valid full", 0), "clocks may differ a little"
    assert seen(tmp_path) == now + 1800
    kept.write_text(f"{answer(exp=now + 900)}\n{now + 1800}\n")
    assert run(language, tmp_path, silent) == ("no answer", 2), "that little revives nothing, either"


@pytest.mark.parametrize("language", NAMES)
def test_R49_each_start_keeps_the_latest_time(language, tmp_path):
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    silent, kept, now = f"http://127.0.0.1:{free_port()}", tmp_path / "answer.jws", int(time.time())
    good, over = ("valid full", 0), ("no answer", 2)
    for before, said, changes in (
        ("\n5\n", good, {}),
        ("\nx\n", good, {}),
        ("", good, {}),
        ("", over, {"exp": now - 5}),
    ):
        kept.write_text(answer(**changes) + before)
        assert run(language, tmp_path, silent) == said
        assert now <= seen(tmp_path) <= time.time()


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


REVOKE = """
from torhaus.journeys.revoke_token import revoke_token
revoke_token(public_id="{}", by=people.SYSTEM)
"""


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.servers
def test_each_program_asks_checks_and_keeps(language, portal, tmp_path):
    here, tokens = portal
    with urllib.request.urlopen(f"{here.url}/.well-known/jwks.json") as reply:
        (tmp_path / "jwks.json").write_bytes(reply.read())
    silent = f"http://127.0.0.1:{free_port()}"
    assert run(language, tmp_path, here.url, tokens["evaluation"]) == ("valid full", 0)
    kept = tmp_path / "answer.jws"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert run(language, tmp_path, silent, tokens["evaluation"]) == ("valid full", 0)
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_text(f"{kept.read_text().splitlines()[0]}\n{int(time.time()) + 10**6}\n")
    assert told(language, tmp_path, silent, tokens["evaluation"]) == ("no answer", 2, SET_BACK)
    assert run(language, tmp_path, here.url, tokens["evaluation"]) == ("valid full", 0)
    assert seen(tmp_path) <= time.time(), "a new answer tells the true time"
    assert run(language, tmp_path, here.url, tokens["over"]) == ("expired read_only", 1)
    mistyped = tokens["running"][:-1] + "x"
    assert told(language, tmp_path, here.url, mistyped) == ("expired read_only", 1, REFUSED)
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.servers
def test_each_program_goes_on_with_what_it_kept_when_its_token_is_revoked(language, portal, tmp_path):
    here, tokens = portal
    with urllib.request.urlopen(f"{here.url}/.well-known/jwks.json") as reply:
        (tmp_path / "jwks.json").write_bytes(reply.read())
    token = tokens[language.name]
    assert run(language, tmp_path, here.url, token) == ("valid full", 0)
    here.python(REVOKE.format(token.split("_")[1]))
    for _ in range(2):
        assert told(language, tmp_path, here.url, token) == ("valid full", 0, REFUSED)
    (tmp_path / "answer.jws").unlink()
    assert told(language, tmp_path, here.url, token) == ("no answer", 2, REFUSED), "it gets nothing new"
