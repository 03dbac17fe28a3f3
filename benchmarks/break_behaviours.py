"""Break the code behind sampled behaviour tests, one by one, and see each test turn red.

Run: ``python -m benchmarks.break_behaviours``. Works on a copy of the tree; prints a table;
exits 1 if a test stays green on broken code, or is red on whole code.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Break(NamedTuple):
    """A behaviour, the test expression that selects its tests, and how its code is broken."""

    behaviour: str
    tests: str
    file: str
    old: str
    new: str
    meaning: str


BREAKS: list[Break] = []


def copy_tree() -> Path:
    target = Path(tempfile.mkdtemp(prefix="torhaus-break-"))
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def run(tree: Path, tests: str) -> tuple[bool, str]:
    """Give whether the selected tests are green, and pytest's closing line."""
    where, _, chosen = tests.partition("::")
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(tree / "src"), str(tree / "sdk/python/src"), str(tree)])}
    command = [sys.executable, "-m", "pytest", "-q", where, "-k", chosen]
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    last = (done.stdout.strip().splitlines() or ["nothing"])[-1]
    return done.returncode == 0 and not re.search(r"\bno tests ran|^\d+ deselected", last), last


def main() -> None:
    tree, held = copy_tree(), True
    try:
        print(f"{'behaviour':<11}{'broken by':<62}{'whole':<8}{'broken':<8}")
        for entry in BREAKS:
            path = tree / entry.file
            source = path.read_text("utf-8")
            if source.count(entry.old) != 1:
                raise SystemExit(
                    f"{entry.behaviour}: {entry.old!r} stands {source.count(entry.old)} times in {entry.file}"
                )
            whole, why = run(tree, entry.tests)
            path.write_text(source.replace(entry.old, entry.new), "utf-8")
            broken, _ = run(tree, entry.tests)
            path.write_text(source, "utf-8")
            held = held and whole and not broken
            print(
                f"{entry.behaviour:<11}{entry.meaning:<62}{'green' if whole else 'RED':<8}{'GREEN' if broken else 'red':<8}"
            )
            if not whole:
                print(f"           {why}")
    finally:
        shutil.rmtree(tree)
    print(f"\n{len(BREAKS)} behaviours; {'each breakage was seen' if held else 'NOT each breakage was seen'}")
    raise SystemExit(0 if held else 1)


if __name__ == "__main__":
    main()
