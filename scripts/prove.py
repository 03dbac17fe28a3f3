"""Run the measurements at their stated sizes and keep each output in docs/measured/.

What was measured at this commit is not measured again, so an interrupted proof goes on where it stopped.
"""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "measured"
PROOFS = {
    "pages-sqlite": ["benchmarks.bench_pages", "--check"],
    "pages-postgresql": ["benchmarks.bench_pages", "--check"],
    "import-sqlite": ["benchmarks.import_customers"],
    "import-postgresql": ["benchmarks.import_customers"],
}


def main() -> int:
    """Give 0 when every proof holds."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    commit = _git("rev-parse", "HEAD")
    if _git("status", "--porcelain", "--untracked-files=no", "--", "src", "sdk", "benchmarks", "tests"):
        print("There are changes that are not committed; a measurement belongs to a commit.", file=sys.stderr)
        return 1
    failed = [name for name, words in PROOFS.items() if not _proven(name, words, commit)]
    for name in failed:
        print(f"not proven: {name}, see docs/measured/{name}.txt")
    return int(bool(failed))


def _proven(name: str, words: list[str], commit: str) -> bool:
    path = FOLDER / f"{name}.txt"
    if (
        path.exists()
        and f"commit: {commit}\n" in path.read_text("utf-8")
        and "\nexit code: 0\n" in path.read_text("utf-8")
    ):
        print(f"{name}: measured at this commit already")
        return True
    print(f"{name}: measuring", flush=True)
    env = {key: value for key, value in os.environ.items() if not key.startswith("TORHAUS_")}
    url = postgres.new_database() if name.endswith("postgresql") else ""
    if url:
        env["TORHAUS_DATABASE_URL"] = url
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, check=False
    )
    if url:
        postgres.drop_database(url)
    head = f"commit: {commit}\nmachine: {machine()}\ncommand: python -m {' '.join(words)}\n"
    tail = f"\nseconds: {time.monotonic() - started:.0f}\nexit code: {done.returncode}\n"
    path.write_text(head + "\n" + done.stdout + tail, "utf-8")
    return done.returncode == 0


def machine() -> str:
    """Give processors, memory, system and Python in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} processors, {memory:.0f} GiB, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
