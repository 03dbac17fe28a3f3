"""The examples of the SDK's README run as they stand there, and both pages name every refusal."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sdk.languages import PAGE, ROOT
from tests.sdk.licences import KEY, KEYS, KID, licence
from tests.servers import free_port
from torhaus_sdk.armour import armour
from torhaus_sdk.console import Exit
from torhaus_sdk.jwks import jwks
from torhaus_sdk.licence import sign_licence
from torhaus_sdk.refusals import REFUSALS
from torhaus_sdk.tokens import new_token

README = ROOT / "sdk" / "python" / "README.md"
ASKS, SEATS, *EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
COMMANDS = ("set-token", "check", "status", "install", "list", "remove", "usage", "activate", "deactivate", "seats")
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def run(example: int, folder: Path, **fields) -> subprocess.CompletedProcess:
    token = new_token("acme")
    times = {"issued_at": NOW, "not_before": NOW, "expires_at": NOW + 30 * DAY, "licence_ends_at": None}
    whole = licence(**times | {"tokens": (token.public_id,)} | fields)
    (folder / "jwks.json").write_text(jwks(KEYS))
    (folder / "licence.txt").write_text(armour(sign_licence(whole, key=KEY, kid=KID)))
    (folder / "token.txt").write_text(token.text + "\n")
    command = [sys.executable, "-c", EXAMPLES[example]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_the_example_that_asks_says_what_is_wrong_and_does_not_break(tmp_path):
    token = new_token("acme")
    (tmp_path / "jwks.json").write_text(jwks(KEYS))
    (tmp_path / "token.txt").write_text(token.text + "\n")
    code = ASKS.replace("https://portal.example.com", f"http://127.0.0.1:{free_port()}")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("Not checked: The licence server 127.0.0.1:")
    assert second.startswith("Not licensed (not_checked): The licence token is saved")
    assert (tmp_path / "licence.json").stat().st_mode & 0o777 == 0o600


def test_the_exit_codes_are_those_of_the_command():
    text = README.read_text("utf-8").partition("| code | means |")[2].partition("\n\n")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)] == [one.value for one in Exit]


def test_every_command_is_named():
    text = README.read_text("utf-8")
    assert all(f"torhaus-licence {name}" in text for name in COMMANDS)


def test_the_first_example(tmp_path):
    done = run(0, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Licensed: 1 × Plan Größe M, 2 × API\nObjects: 5000\nSeats: {'full': 25, 'guest': None}\n"


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"audience": ("other",)}, 1, "No valid licence (wrong_audience). It is for other, not for acme."),
        ({"licence_ends_at": NOW - DAY}, 0, f"The licence has ended. You can go on until {NOW + 29 * DAY:%Y-%m-%d}."),
        ({"licence_ends_at": NOW - 31 * DAY}, 1, f"The licence V-2026-001 ended on {NOW - 31 * DAY:%Y-%m-%d}."),
    ],
)
def test_the_first_example_says_what_is_wrong(tmp_path, fields, code, said):
    done = run(0, tmp_path, **fields)
    assert done.returncode == code
    assert said in done.stdout + done.stderr


def test_the_second_example(tmp_path):
    assert run(1, tmp_path).stdout == "7 production\n"
    assert "WrongToken" in run(1, tmp_path, tokens=()).stderr
    assert "WrongMachine" in run(1, tmp_path, bindings=("00",)).stderr


def test_every_refusal_is_documented_by_its_code_and_class():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", README.read_text("utf-8"), re.MULTILINE)
    assert dict(rows) == {code: refusal.__name__ for code, refusal in REFUSALS.items()}
    table = PAGE.read_text("utf-8").partition("| code | refused because |")[2].partition("\n\n")[0]
    assert [code for code in REFUSALS if f"`{code}`" not in table] == []


def test_codes_are_stable():
    assert sorted(REFUSALS) == [
        "bad_signature", "expired", "malformed", "not_yet_valid", "unknown_key", "unsupported_version",
        "wrong_algorithm", "wrong_audience", "wrong_machine", "wrong_token", "wrong_type",
    ]  # fmt: skip
