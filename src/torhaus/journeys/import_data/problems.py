"""What is wrong with the files: every problem has its place, and all come at once."""

from dataclasses import dataclass, field
from typing import NamedTuple

SHOWN = 200


class Problem(NamedTuple):
    """What is wrong where; line 0 is the file as a whole, an empty field the row as a whole."""

    file: str
    line: int
    table: str
    field: str
    message: str

    def __str__(self) -> str:
        """Give one line: place, field, what was expected."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        what = ".".join(part for part in (self.table, self.field) if part)
        return f"{place}: {what}: {self.message}" if what else f"{place}: {self.message}"


@dataclass
class Problems:
    """All problems, counted; the first ``SHOWN`` are kept, so that a wrong file cannot fill the memory."""

    kept: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, problem: Problem) -> None:
        """Note a problem."""
        self.count += 1
        if self.count <= SHOWN:
            self.kept.append(problem)


class ImportRefused(Exception):
    """The files have errors; nothing was written. ``problems`` holds what and where."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(f"{problems.count} errors")
        self.problems = problems


class NotReadable(Exception):
    """A path cannot be read, or is no file of the import; the text says which and why."""
