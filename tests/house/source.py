"""The repository's own files, for the house tests."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "src" / "torhaus"
DOORS = ("web", "api", "backoffice", "console")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository: tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return tuple(path for line in done.stdout.splitlines() if (path := ROOT / line).is_file())


def python(*folders: str) -> list[Path]:
    """The Python files under folders of the repository, migrations left out."""
    return [
        path
        for path in files()
        if path.suffix == ".py"
        and path.relative_to(ROOT).as_posix().startswith(folders)
        and "migrations" not in path.parts
    ]


@cache
def tree(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text("utf-8"), str(path))


def shown(path: Path, line: int = 0) -> str:
    """A place as an editor understands it."""
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))
