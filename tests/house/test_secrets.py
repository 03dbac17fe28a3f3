"""R38: passwords are stretched by a current function, secrets are long and from the system's generator."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse

from tests import people
from tests.routes import all_routes
from torhaus.config import settings as shipped
from torhaus.core import random
from torhaus.core.redaction import without_secrets
from torhaus_sdk import tokens

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.django_db
def test_R38_passwords_are_stored_by_argon2(settings):
    # What is shipped; the other tests hash with less work.
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS
    stored = people.staff().password
    algorithm, variant, _version, costs, *_rest = stored.split("$")
    assert (algorithm, variant) == ("argon2", "argon2id")
    cost = dict(part.split("=") for part in costs.split(","))
    # OWASP's least for Argon2id: 19 MiB, two rounds, one lane.
    assert int(cost["m"]) >= 19_456
    assert int(cost["t"]) >= 2
    assert people.PASSWORD not in stored


def test_R38_secrets_have_at_least_128_bits():
    assert tokens.SECRET_LENGTH * math.log2(len(tokens.ALPHABET)) >= 128
    assert len({tokens.new_token("acme").secret for _ in range(1000)}) == 1000
    # A password of 99 bits is for typing; it is stretched, and guessing it is throttled.
    assert len({random.password() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("line", ["import random", "from random import choice"])
def test_R38_the_lint_refuses_the_random_module(tmp_path, line):
    (tmp_path / "planted.py").write_text(f'"""Planted."""\n\n{line}\n', "utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "TID251" in done.stdout


def test_R40_no_code_of_a_link_stands_in_a_log():
    routes = [one for one in all_routes() if "code" in one.parameters]
    assert len(routes) > 5
    code = "c0de" * 10
    for route in routes:
        path = reverse(route.name, kwargs={name: code if name == "code" else "Ab12" for name in route.parameters})
        assert code not in without_secrets(f"Forbidden: {path}"), route.name
