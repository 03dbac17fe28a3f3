"""``torhaus-licence`` as an administrator runs it: a process of its own, with a product's folder around it."""

import json
import os
import pty
import select
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

COMMAND = [sys.executable, "-W", "error", "-m", "torhaus_sdk.console"]
# Takes the terminal on standard input for its own, so that Ctrl-C arrives as it does at a desk.
# Whatever runs in a shell's background ignores Ctrl-C, and so would all that it starts.
TAKE_TERMINAL = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGINT, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
OWN_TERMINAL = [sys.executable, "-c", TAKE_TERMINAL]
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
contracts = {}

def contract(name, **fields):
    number = len(contracts) + 1
    made = people.contract(people.customer(str(10482 + number), name), f"V-{number}", **year | fields)
    people.booking(made)
    contracts[name] = made
    return made

contract("yearly")
contract("other")
contract("trial", kind="evaluation", auto_renews=False, starts_on=today - timedelta(20), ends_on=today + timedelta(10))
contract("bought", kind="perpetual", auto_renews=False, ends_on=None, term_months=None)
contract("over", auto_renews=False, starts_on=today - timedelta(400), ends_on=today - timedelta(100))
added = contract("added")
people.booking(added, "flows", kind="add_on", item=people.add_on("flows", name={"de": "Abläufe", "en": "Flows"}), quantity=3)
people.booking(
    added, "later", kind="add_on", item=people.add_on("later", name={"de": "Später", "en": "Later"}), quantity=1,
    active_from=today + timedelta(20), until=today + timedelta(50),
)
people.booking(
    added, "gone", kind="add_on", item=people.add_on("gone", name={"de": "Vorbei", "en": "Gone"}), quantity=2,
    active_from=today - timedelta(30), until=today - timedelta(3),
)
with scopes_disabled():
    ContractPolicy.objects.create(contract=contracts["other"], model="node_locked", max_installations=1)
    from torhaus.usage.models import Reading
    Reading.objects.create(contract=contracts["yearly"], meter=people.meter(), on=today, quantity=4200)
print(json.dumps({name: people.token(made) for name, made in contracts.items()}))
"""


@dataclass
class Desk:
    """A product's folder: its settings, its keys, its licence state."""

    folder: Path
    server: str

    @property
    def state(self) -> Path:
        """The file with what the product keeps."""
        return self.folder / "licence.json"

    def set_up(self, keys: bytes, **settings: str) -> "Desk":
        """Write what a product ships."""
        (self.folder / "jwks.json").write_bytes(keys)
        values = {"server": self.server, "product": "acme", "keys": "jwks.json", "state": "licence.json"} | settings
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        (self.folder / "torhaus-licence.toml").write_text("\n".join(lines) + "\n")
        return self

    def kept(self) -> dict:
        """Give what is stored, without the latest time that was seen and the id of the machine."""
        found = json.loads(self.state.read_bytes())
        return {name: value for name, value in found.items() if name not in ("mark", "machine")}

    def env(self, **variables: str) -> dict[str, str]:
        """The environment of its commands."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TORHAUS", "LANG", "LC_"))}
        kept = {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}
        return kept | {"TORHAUS_LICENCE_CONFIG": str(self.folder / "torhaus-licence.toml")} | variables

    def run(self, *words: str, said: str = "", **variables: str) -> subprocess.CompletedProcess:
        """Run a command with ``said`` on its standard input."""
        return subprocess.run(
            [*COMMAND, *words], cwd=self.folder, env=self.env(**variables), input=said,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def ok(self, *words: str, said: str = "", **variables: str) -> str:
        """Run a command that must end with 0; gives what it printed."""
        done = self.run(*words, said=said, **variables)
        assert done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def json(self, *words: str, said: str = "") -> dict:
        """Run a command with --json; gives the object, whatever the exit code."""
        done = self.run(*words, "--json", said=said)
        return json.loads(done.stdout)

    def at_a_terminal(self, *words: str, answers: list[tuple[str, str]]) -> tuple[int, str]:
        """Run a command at a terminal; each answer is typed when its question has been shown.

        Ctrl-C is typed again while nothing follows it: one that comes just before Python begins to read is noticed
        only with the next key.
        """
        here, there = pty.openpty()
        process = subprocess.Popen(
            [*OWN_TERMINAL, *COMMAND, *words], cwd=self.folder, env=self.env(),
            stdin=there, stdout=there, stderr=there, start_new_session=True,
        )  # fmt: skip
        os.close(there)
        shown, waiting, end, aborted = "", list(answers), time.monotonic() + 60, 0.0
        while time.monotonic() < end:
            if select.select([here], [], [], 0.1)[0]:
                try:
                    shown += os.read(here, 65536).decode()
                except OSError:  # the other side is closed
                    break
            if waiting and waiting[0][0] in shown:
                typed = waiting.pop(0)[1]
                os.write(here, typed.encode())
                aborted = time.monotonic() if typed == "\x03" else 0.0
            elif aborted and time.monotonic() > aborted + 10 and shown.rstrip().endswith("^C"):
                os.write(here, b"\x03")
                aborted = time.monotonic()
        os.close(here)
        code = process.wait(10)
        assert not waiting, shown
        return code, shown


def keys_of(url: str) -> bytes:
    """Give the vendor's public keys, as a product ships them."""
    with urllib.request.urlopen(f"{url}/.well-known/jwks.json", timeout=10) as reply:
        return reply.read()


def offline_licence(url: str, token: str) -> str:
    """Give the offline licence of a contract, as its customer fetches it."""
    request = urllib.request.Request(
        f"{url}/api/v1/offline-licence", b"{}", {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)["text"]
