"""docs/quick-start-sdk.md as it stands, typed in order against the demo's portal; prints how long it took."""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.sdk.languages import ROOT
from tests.servers import installation

PAGE = (ROOT / "docs" / "quick-start-sdk.md").read_text("utf-8")
# What a reader does, in the order of the page: saves a file, or types a command and compares what it says.
STEP = re.compile(r"^(?:Save as `(?P<file>[^`]+)`:\n\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
MINUTES = 5


def steps(part: str = PAGE) -> list[dict[str, str]]:
    return [found.groupdict() for found in STEP.finditer(part)]


@dataclass
class Terminal:
    """A reader's terminal: the folder it is in, what was exported, and what was said last."""

    url: str
    token: str
    here: Path
    kept: dict[str, str] = field(default_factory=dict)
    said: str = ""

    def follow(self, part: str) -> None:
        """Do what a part of the page says, and compare what it shows."""
        for step in steps(part):
            text = step["text"].replace("http://localhost:8000", self.url).replace("acme_…", self.token)
            if step["file"]:
                (self.here / step["file"]).write_text(text, "utf-8")
            elif step["kind"] == "sh":
                self.type(text)
            elif step["kind"] == "python":
                self.add_to_product(text)
            elif step["kind"] == "" and not text.startswith("make"):
                assert self.said.endswith(text), (self.said, text)

    def type(self, text: str, code: int = 0) -> None:
        """Run commands; the folder and the exported variables stay."""
        script = f"{text}\ncode=$?\nenv -0 >{self.marks}.env\npwd >{self.marks}.pwd\nexit $code"
        done = subprocess.run(
            ["sh", "-uc", script],
            cwd=self.here,
            env=self.kept,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, (text, done.stdout, done.stderr)
        self.said = done.stdout + done.stderr
        self.here = Path(self.marks.with_suffix(".pwd").read_text().strip())
        values = self.marks.with_suffix(".env").read_text().split("\0")
        self.kept = dict(line.split("=", 1) for line in values if "=" in line)

    def add_to_product(self, text: str) -> None:
        """Do what the page has a product do besides, once it runs."""
        (self.here / "besides.py").write_text(f"from product import licence\n\n{text}\n", "utf-8")
        self.type("python besides.py")
        assert self.said.startswith("Acme CMDB runs."), self.said

    @property
    def marks(self) -> Path:
        """Where the shell leaves what the next one needs."""
        return Path(self.kept["MARKS"])


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.timeout(MINUTES * 60)
def test_a_stranger_follows_the_page_in_five_minutes(tmp_path, capsys):
    began = time.monotonic()
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TORHAUS", "LANG", "LC_"))}
    with installation() as here:
        logins = json.loads(here.torhaus("demo", "--no-serve", "--json").stdout)
        token = next(one["with_what"] for one in logins if "Lindenau" in one["who"])
        process = here.serve()
        served = time.monotonic()
        terminal = Terminal(here.url, token, tmp_path, kept | {"MARKS": str(tmp_path / "marks")})
        before, heading, after = PAGE.partition("## 7. ")
        terminal.follow(before)
        for text in re.findall("`(licence[.][^`]+)`", before):
            terminal.add_to_product(text)
        took = time.monotonic() - served
        process.terminate()
        process.wait(20)
        terminal.type("python product.py")
        assert terminal.said.startswith("Acme CMDB runs."), "the last answer goes on while the portal is away"
        terminal.type("torhaus-licence check", code=3)
        assert "refused the connection" in terminal.said
        terminal.follow(after)
    with capsys.disabled():
        print(f"\nquick start: portal up after {served - began:.1f} s, sections 1 to 6 took {took:.1f} s")
    assert heading
    assert time.monotonic() - began < MINUTES * 60


def test_the_page_has_a_product_of_ten_lines():
    code = next(step["text"] for step in steps() if step["file"] == "product.py")
    lines = [line for line in code.splitlines() if line.strip() and not line.startswith(("from", "import", '    "'))]
    assert len(lines) <= 20, lines
