"""Reading claims strictly: what is missing or of another type is refused, naming it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from torhaus_sdk.refusals import Malformed

LATEST = 253402300799  # the last second of the year 9999
LARGEST = 2**53 - 1  # the largest whole number every JSON reader keeps


class Claims:
    """A JSON object, read by name and type. Every reading raises Malformed if it cannot be."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def text(self, name: str) -> str:
        """Give a text."""
        value = self._value(name)
        if not isinstance(value, str):
            raise self._not(name, "a text")
        return value

    def one_of(self, name: str, known: Sequence[str]) -> str:
        """Give a text that is one of ``known``."""
        value = self.text(name)
        if value not in known:
            raise self._not(name, f"one of {', '.join(known)}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of texts."""
        value = self._value(name)
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self._not(name, "a list of texts")
        return tuple(value)

    def number(self, name: str) -> int:
        """Give a whole number from 0."""
        value = self._value(name)
        if type(value) is not int or not 0 <= value <= LARGEST:
            raise self._not(name, "a whole number from 0")
        return value

    def number_or_none(self, name: str) -> int | None:
        """Give a whole number from 0, or None for null."""
        return None if self._value(name) is None else self.number(name)

    def moment(self, name: str) -> datetime:
        """Give a moment in UTC, written as seconds since 1970."""
        seconds = self.number(name)
        if seconds > LATEST:
            raise self._not(name, "a time before the year 10000")
        return datetime.fromtimestamp(seconds, UTC)

    def moment_or_none(self, name: str) -> datetime | None:
        """Give a moment in UTC, or None for null."""
        return None if self._value(name) is None else self.moment(name)

    def inner(self, name: str) -> "Claims":
        """Give an object."""
        value = self._value(name)
        if not isinstance(value, dict):
            raise self._not(name, "an object")
        return Claims(value, f"{self._path}{name}.")

    def inners(self, name: str) -> Iterator["Claims"]:
        """Give a list of objects."""
        value = self._value(name)
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self._not(name, "a list of objects")
        return (Claims(entry, f"{self._path}{name}.") for entry in value)

    def _value(self, name: str) -> Any:
        if name not in self._values:
            raise Malformed(f"Its claim {self._path}{name} is missing.")
        return self._values[name]

    def _not(self, name: str, expected: str) -> Malformed:
        return Malformed(f"Its claim {self._path}{name} is not {expected}.")
