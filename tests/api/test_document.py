"""docs/api.md as a reader follows it: every example runs as printed, one after the other."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.servers import ROOT, serving

SEED = """
from torhaus.core import clock
from tests.api.program import licensed
from tests.seats import seating
contract = licensed()
seating.kinds()
seating.book(contract, "full", 2)
people.allowance(people.item(), meter=people.meter())
release = people.release("34.1", packages=[], published_on=clock.now().date())
for n in range(2):
    people.release_file(people.release("33.%d" % n, packages=[]))
people.release_file(release, bytes(range(256)) * 40000, "acme-34.1.zip")
print("TOKEN", people.token(contract))
"""
COUNT = "from torhaus.releases.models import Download as D\nwith scopes_disabled():\n    print(D.objects.count())"


def examples() -> list[str]:
    return re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "api.md").read_text("utf-8"), re.DOTALL)


def run(script: str, folder: Path, env: dict) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (script, done)
    return done.stdout


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.once
def test_the_examples_of_the_documentation_run_as_printed(tmp_path: Path):
    variables, *commands = examples()
    assert "PORTAL=" in variables
    assert len(commands) == 18
    with serving() as here:
        env = here.env | {"PORTAL": here.url, "TOKEN": here.python(SEED).split("TOKEN")[1].strip()}
        mark = "\n----\n"
        whole = f"\nprintf '{mark.encode('unicode_escape').decode()}'\n".join(commands)
        said = run(whole, tmp_path, env).split(mark)
        assert len(said) == len(commands), said
        stands, _activated, valid, alive, usage, gone, licence, licences = map(_json, said[:8])
        assert stands["valid"]
        assert (valid["code"], valid["nonce"]) == ("valid", "9f1c2a")
        assert alive["installation"]["ref"] == valid["installation"]["ref"] == gone["installation"]
        assert usage["meters"]["objects"] == {"used": 4120, "max": 5000, "free": 880, "state": "near"}
        assert licence["text"].startswith("-----BEGIN TORHAUS LICENCE-----")
        assert licences["licences"][0]["product"] == "acme"
        assert '"33.1"' in said[8]
        account, changes, _assigned, reassigned, released = map(_json, said[9:14])
        assert changes == {"events": [], "cursor": 0, "more": False}
        assert next((one["key"], one["booked"], one["used"]) for one in account["seats"]) == ("full", 2, 0)
        assert (reassigned["seat"]["name"], released["released"]) == ("Jonas Weber", True)
        assert _json(said[14])["url"].startswith(f"{here.url}/settings/account/book/from-product/"), "to the portal"
        assert said[16].count(".") == 2
        assert '"code": "token_invalid"' in said[17]
        fetched = tmp_path / "acme-34.1.zip"
        content = bytes(range(256)) * 40000
        assert fetched.read_bytes() == content
        fetched.write_bytes(content[:1_000_000])  # as if the line had broken: it goes on from there
        run(commands[15], tmp_path, env)
        assert fetched.read_bytes() == content
        assert here.python(COUNT).strip() == "2"


def _json(text: str) -> dict:
    return json.loads(text) if text.strip() else {}
