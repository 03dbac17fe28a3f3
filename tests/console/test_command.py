"""The command as a whole: quick help, examples everywhere, exit codes, one sentence instead of a traceback."""

import json
import subprocess
import sys
import textwrap

import pytest

from tests.servers import installation
from torhaus.console.main import COMMANDS

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def here():
    with installation(migrated=False) as made:
        yield made


def test_help_lists_every_command(here):
    told = here.torhaus("--help").stdout
    for name, entry in COMMANDS.items():
        assert (name in told) is not entry.hidden


def test_help_does_not_wait_for_settings_and_rooms(here):
    code = """
    import sys
    from typer.testing import CliRunner
    from torhaus.console.main import app
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0
    print([name for name in sys.modules if name.startswith("torhaus.") and not name.startswith("torhaus.console")])
    """
    env = here.env | {"PYTHONPATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=env, check=True, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", [name for name, entry in COMMANDS.items() if not entry.hidden])
def test_help_of_every_command_has_examples_and_needs_no_safe_settings(name):
    with installation(migrated=False, production="true") as unsafe:
        told = unsafe.torhaus(name, "--help").stdout
    for example in COMMANDS[name].examples:
        assert " ".join(example.split()) in " ".join(told.split())


@pytest.mark.parametrize("words", [("sevre",), ("serve", "--prot", "1"), ("serve", "--port", "0"), ("issue-token",)])
def test_wrong_usage_ends_with_2(here, words):
    done = here.torhaus(*words, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("issue-token", "V-1"), ("serve",), ("check",)])
def test_without_a_database_one_sentence_and_1(here, words):
    done = here.torhaus(*words, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "torhaus init" in done.stdout + done.stderr or "torhaus check" in done.stderr


def test_settings_that_cannot_be_end_with_1_and_the_name():
    with installation(migrated=False, prot="1") as wrong:
        done = wrong.torhaus("serve", check=False)
    assert done.returncode == 1
    assert "unknown setting TORHAUS_PROT; did you mean TORHAUS_PORT?" in done.stderr


@pytest.mark.parametrize("command", ["serve", "worker", "issue-token"])
def test_R39_unsafe_production_settings_stop_every_command_that_serves(command):
    with installation(production="true", https="false") as unsafe:
        done = unsafe.torhaus(command, check=False)
    assert done.returncode == 1
    for name in ("TORHAUS_HTTPS", "TORHAUS_PUBLIC_URL", "TORHAUS_MAIL_MODE", "TORHAUS_MAIL_FROM"):
        assert f"torhaus: {name} " in done.stderr


def test_settings_are_listed_and_secrets_are_not(here):
    kept = {
        "TORHAUS_S3_SECRET": "s3-hunter2",
        "TORHAUS_IMAP_PASSWORD": "imap-hunter2",
        "TORHAUS_SMTP_PASSWORD": "hunter2",
    }
    here.env |= kept
    told = here.torhaus("settings", "--json").stdout
    found = json.loads(told)
    assert found["TORHAUS_SECRET_KEY"] == "set"
    assert found["TORHAUS_PORT"] == here.port
    table = here.torhaus("settings").stdout
    for name in kept:
        here.env.pop(name)
        assert found[name] == "set"
    assert here.env["TORHAUS_SECRET_KEY"] not in told + table
    assert "hunter2" not in told + table
