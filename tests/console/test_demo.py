"""``torhaus demo`` loads the demo vendor, with a way in for everybody, and starts quickly again."""

import json
import os
import stat
import time

import pytest

from tests.servers import installation
from torhaus_sdk.tokens import parse_token

pytestmark = pytest.mark.servers
COUNTS = """
from django.apps import apps
with scopes_disabled():
    print({m._meta.label: m.objects.count() for m in apps.get_models() if m.__module__.startswith("torhaus.")})
"""
KNOWN = """
import sys
from django.contrib.auth import authenticate
from torhaus.licensing.queries import token_for_secret
from torhaus_sdk.tokens import parse_token
for login in {logins!r}:
    if login["page"] == "/":
        assert token_for_secret(parse_token(login["with_what"])), login
    else:
        mail, password = login["with_what"].split()
        assert authenticate(username=mail, password=password), login
"""


def load(here):
    return json.loads(here.torhaus("demo", "--no-serve", "--json").stdout.split("…\n")[-1])


def test_everybody_gets_in_and_a_second_start_changes_nothing():
    with installation(migrated=False) as here:
        del here.env["TORHAUS_SECRET_KEY"]
        logins = load(here)
        assert len([login for login in logins if login["page"] == "/"]) >= 4
        assert [login["with_what"].split("@")[0] for login in logins if login["page"] == "/staff/"] == [
            "administrator", "sales", "billing", "support", "release_manager",
        ]  # fmt: skip
        people = [login["who"] for login in logins if login["page"] == "/login/"]
        assert people == ["Mara Lindqvist, owner", "Jonas Weber, administrator", "Wiebke Claußen, billing"]
        assert all(parse_token(login["with_what"]) for login in logins if login["page"] == "/")
        here.python(KNOWN.format(logins=logins))
        kept = here.data_dir / "demo-login.txt"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        before = here.python(COUNTS)
        assert load(here) == logins
        assert here.python(COUNTS) == before
        kept.unlink()
        renewed = load(here)
        assert renewed != logins
        here.python(KNOWN.format(logins=renewed))


@pytest.mark.slow
def test_it_serves_and_answers_within_3_seconds_the_second_time():
    with installation(migrated=False, embedded_worker="true", database="sqlite") as here:
        first = here.start("demo")
        here.wait_until_it_answers(first)
        here.close()
        started = time.monotonic()
        second = here.start("demo", log="second.txt")
        here.wait_until_it_answers(second)
        # A machine that has other work at this moment says nothing about the start.
        assert time.monotonic() - started < (3 if os.getloadavg()[0] < (os.cpu_count() or 1) else 20)
        told = here.log("second.txt")
        assert "…" not in told, "nothing is prepared or loaded again"
        assert f"Torhaus answers at http://localhost:{here.port}" in told
        assert "Customers log in with a licence token" in told


def test_it_keeps_away_from_real_data_and_from_production():
    with installation() as here:
        here.torhaus("init", "--vendor-name", "Real GmbH", "--staff-mail", "a@real.example", "--yes")
        done = here.torhaus("demo", "--no-serve", check=False)
        assert done.returncode == 1
        assert "holds the data of Real GmbH" in done.stderr
        assert "TORHAUS_DATA_DIR" in done.stderr
    with installation(migrated=False, production="true") as here:
        assert here.torhaus("demo", check=False).returncode == 1
