"""Schemathesis against a portal that is really served, with all its checks, as two customers (R72)."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers import ROOT, Installation, serving

# `make prove` asks 200 of each operation: TORHAUS_TEST_EXAMPLES.
EXAMPLES = int(os.environ.get("TORHAUS_TEST_EXAMPLES", "12"))
SEED = """
from tests.api.program import licensed
from tests.seats import seating
from torhaus.licensing.models import ContractPolicy
people.allowance(people.item(), meter=people.meter())
for number, model in (("10482", "floating"), ("666", "node_locked")):
    contract = licensed(number)
    seating.kinds()
    seating.book(contract, "full", 3)
    with scopes_disabled():
        ContractPolicy.objects.create(contract=contract, model=model, max_installations=3, max_leases=2)
    print("TOKEN", people.token(contract))
"""
# One customer must never get what the other has.
CONFIG = """
[auth.wfc]
path = "auth.json"
peers = ["one", "other"]
"""


def run(here: Installation, folder: Path, *words: str) -> subprocess.CompletedProcess:
    tokens = re.findall("TOKEN (.*)", here.python(SEED))
    (folder / "schemathesis.toml").write_text(CONFIG, "utf-8")
    users = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
        for name, token in zip(("one", "other"), tokens, strict=True)
    ]
    (folder / "auth.json").write_text(json.dumps({"auth": users}), "utf-8")
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", "schemathesis.toml",
        "run", f"{here.url}/api/v1/openapi.json", "--checks", "all", "--max-examples", str(EXAMPLES),
        "--seed", "1", "--no-color", *words,
    ]  # fmt: skip
    env = os.environ | {"PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=540, check=False)


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.once
@pytest.mark.timeout(600)
def test_R72_schemathesis_finds_nothing(tmp_path):
    with serving(api_per_token="1000000", api_per_address="1000000", login_attempts="1000") as here:
        began = time.monotonic()
        done = run(here, tmp_path)
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{said}\n{here.log()[-4000:]}"
        assert "Tested: 18" in said
        [generated] = re.findall(r"(\d+) generated", said)
        assert int(generated) > 300
        assert "object_level_authorization` will not run" not in said
        assert "Internal Server Error" not in here.log()
        assert "Traceback" not in here.log()
        print(f"{generated} requests in {time.monotonic() - began:.0f} s")
