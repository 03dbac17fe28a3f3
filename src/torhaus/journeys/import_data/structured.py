"""Reads TOML and YAML and remembers on which line each row and field stands."""

import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_-]+)((?:\s*\.\s*[\w\"'-]+)*)\s*\]\]?")
_NAME = re.compile(r"\s*\"?([A-Za-z0-9_-]+)\"?\s*(?:\.[^=]*)?=")


class Malformed(Exception):
    """The file is not what its ending says; ``line`` is where that shows."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Place:
    """Where a row begins, and the lines of its fields."""

    line: int
    fields: dict[str, int] = field(default_factory=dict)


@dataclass
class Document:
    """The values of a file by table, and the places of their rows."""

    values: dict[str, Any]
    places: dict[str, list[Place]] = field(default_factory=dict)

    def line_of(self, table: str) -> int:
        """Give the line a table begins on, 0 if unknown."""
        return self.place_of(table, 0).line

    def place_of(self, table: str, index: int) -> Place:
        """Give the place of a row, or the nearest one known."""
        known = self.places.get(table) or [Place(0)]
        return known[min(index, len(known) - 1)]


def read_toml(text: str) -> Document:
    """Read TOML. Raises Malformed."""
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError) as error:
        at = _AT_LINE.search(str(error))
        raise Malformed(int(at[1]) if at else 0, f"expected TOML: {_AT_LINE.sub('', str(error)).strip()}") from None
    except RecursionError:
        raise Malformed(0, "expected TOML, found values nested too deeply") from None
    return Document(values, _toml_places(text))


def _toml_places(text: str) -> dict[str, list[Place]]:
    """Find headers and names line by line; inside texts of several lines nothing is looked for."""
    places: dict[str, list[Place]] = {}
    here: Place | None = None
    quoted = False
    for number, line in enumerate(text.split("\n"), 1):
        was_quoted, quoted = quoted, quoted ^ ((line.count('"""') + line.count("'''")) % 2 == 1)
        if was_quoted:
            continue
        if header := _HEADER.match(line):
            here = _enter(places, header, number)
        elif name := _NAME.match(line):
            if here is None:
                places.setdefault(name[1], []).append(Place(number))
            else:
                here.fields.setdefault(name[1], number)
    return places


def _enter(places: dict[str, list[Place]], header: re.Match[str], number: int) -> Place:
    table, rest = header[2], header[3]
    known = places.setdefault(table, [])
    if not rest or not known:
        known.append(Place(number))
        return known[-1]
    known[-1].fields.setdefault(rest.strip(" .").partition(".")[0].strip(" \"'"), number)
    return Place(number)


class _Loader(yaml.SafeLoader):
    """YAML with the plain types of its version 1.2: ``no`` and ``on`` are texts, 01067 is no octal number."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it open
            raise yaml.composer.ComposerError(None, None, "aliases (*) are not taken", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - the library's signature
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        return super().construct_mapping(node, deep)


_PLAIN = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag not in _PLAIN]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789")
)
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: Decimal(str(node.value)))


def read_yaml(text: str) -> Document:
    """Read YAML of one document without aliases. Raises Malformed."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        values = loader.construct_document(node) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Malformed(mark.line + 1 if mark else 0, f"expected YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, ArithmeticError, TypeError, LookupError, AttributeError) as error:
        # The library itself stumbles over lists as names and over values that do not fit their tags.
        raise Malformed(0, f"expected YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise Malformed(0, "expected YAML, found values nested too deeply") from None
    if not isinstance(values, dict):
        raise Malformed(1, "expected tables by their names")
    return Document({str(name): value for name, value in values.items()}, _yaml_places(node))


def _yaml_places(node: Any) -> dict[str, list[Place]]:
    places: dict[str, list[Place]] = {}
    for name, value in node.value if node is not None else ():
        rows = value.value if isinstance(value, yaml.SequenceNode) else [value]
        places[str(name.value)] = [_yaml_place(row) for row in rows] or [Place(name.start_mark.line + 1)]
    return places


def _yaml_place(row: Any) -> Place:
    fields = row.value if isinstance(row, yaml.MappingNode) else ()
    return Place(row.start_mark.line + 1, {str(key.value): key.start_mark.line + 1 for key, _ in fields})
