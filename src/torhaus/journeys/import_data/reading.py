"""Reads the vendor's files row by row: which files, which table, which line."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torhaus.journeys.import_data import csv_rows, structured
from torhaus.journeys.import_data.problems import NotReadable
from torhaus.journeys.import_data.rows import unknown_name
from torhaus.journeys.import_data.tables import IGNORED_FILES, TABLES

STRUCTURED = {".toml", ".yaml", ".yml"}
ENDINGS = STRUCTURED | {".csv"}
MOST_STRUCTURED = 8 * 1024 * 1024


@dataclass
class SourceFile:
    """A file of the import. ``name`` is how errors call it; ``sha256`` is known once it is read."""

    path: Path
    name: str
    sha256: str = ""


@dataclass(frozen=True)
class Found:
    """A row as it stands in a file, or what is wrong there (``problem``)."""

    line: int
    table: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    lines: dict[str, int] = field(default_factory=dict)
    field: str = ""
    problem: str = ""


def find_files(paths: Sequence[Path]) -> list[SourceFile]:
    """Give the files of ``paths``; of a folder, those directly in it, in order of their names.

    Raises:
        NotReadable: a path does not exist or is no file of the import.
    """
    found: dict[Path, SourceFile] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.is_file() and one.suffix.lower() in ENDINGS)
            if not inside:
                raise NotReadable(f"{path}: the folder holds no .toml, .yaml or .csv file")
        elif path.is_file():
            if path.suffix.lower() not in ENDINGS:
                raise NotReadable(f"{path}: expected a .toml, .yaml or .csv file")
            inside = [path]
        else:
            raise NotReadable(f"{path}: no such file or folder")
        for one in inside:
            if one.name not in IGNORED_FILES:
                found.setdefault(one.resolve(), SourceFile(one, str(one)))
    return list(found.values())


def read_rows(source: SourceFile) -> Iterator[Found]:
    """Give the rows of a file, and what cannot be read as one."""
    if source.path.suffix.lower() == ".csv":
        yield from _csv(source)
    else:
        yield from _structured(source)


def _csv(source: SourceFile) -> Iterator[Found]:
    table = source.path.stem.partition("-")[0]
    if table not in TABLES:
        yield Found(0, problem=f"{unknown_name('table', table, list(TABLES))} (the file's name is the table's)")
        return
    digest = hashlib.sha256()
    for row in csv_rows.read(source.path, list(TABLES[table].row.model_fields), digest.update):
        if row.problem:
            yield Found(row.line, table, field=row.field, problem=row.problem)
        else:
            yield Found(row.line, table, row.values, row.given)
    source.sha256 = digest.hexdigest()


def _structured(source: SourceFile) -> Iterator[Found]:
    with source.path.open("rb") as file:
        content = file.read(MOST_STRUCTURED + 1)
    source.sha256 = hashlib.sha256(content).hexdigest()
    if len(content) > MOST_STRUCTURED:
        yield Found(0, problem="expected at most 8 MB; put long lists into CSV files")
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield Found(line, problem="expected UTF-8; save the file as UTF-8")
        return
    try:
        document = (structured.read_toml if source.path.suffix.lower() == ".toml" else structured.read_yaml)(text)
    except structured.Malformed as error:
        yield Found(error.line, problem=str(error))
        return
    for name, value in document.values.items():
        yield from _tables(name, value, document)


def _tables(name: str, value: Any, document: structured.Document) -> Iterator[Found]:
    line = document.line_of(name)
    if name not in TABLES:
        yield Found(line, problem=unknown_name("table", name, list(TABLES)))
        return
    rows = [value] if name == "vendor" and isinstance(value, dict) else value
    if not isinstance(rows, list):
        yield Found(line, name, problem="expected a list of rows")
        return
    for index, row in enumerate(rows):
        place = document.place_of(name, index)
        if isinstance(row, dict):
            named = {str(key): one for key, one in row.items()}
            values = {key: one for key, one in named.items() if one is not None}
            yield Found(place.line, name, values, tuple(named), place.fields)
        else:
            yield Found(place.line, name, problem="expected a row of named values")
