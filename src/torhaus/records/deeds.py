"""What a deed is: one transaction, and exactly one record of it.

``@deed`` marks the outermost action, ``@part`` a step that runs only inside one,
``@housekeeping`` a write that changes nothing anybody would call a deed. A deed
that ends with no record, or with two, is rolled back and raises.
"""

import functools
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from django.db import transaction

from torhaus.core import clock
from torhaus.records.models import ActorKind, PersonalValue, Record
from torhaus.records.rules import commitment

P = ParamSpec("P")
T = TypeVar("T")


class DeedError(RuntimeError):
    """A deed broke the house rule of one record; a fault of the code, never of its caller."""


@dataclass(frozen=True)
class Actor:
    """Who does a deed. ``name`` and ``address`` (of the client) are personal and kept erasably."""

    kind: ActorKind
    ref: str = ""
    name: str = ""
    address: str = ""
    request_id: str = ""


@dataclass
class _Running:
    name: str
    records: int = 0
    nothing: bool = False


_running: ContextVar[_Running | None] = ContextVar("deed", default=None)


def deed(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Mark an action as the deed ``name``: it runs in one transaction and writes exactly one record."""

    def mark(action: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(action)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            if _running.get() is not None:
                raise DeedError(f"{name} runs inside another deed; make it a part")
            state = _Running(name)
            token = _running.set(state)
            try:
                with transaction.atomic():
                    result = action(*args, **kwargs)
                    expected = 0 if state.nothing else 1
                    if state.records != expected:
                        raise DeedError(f"{name} wrote {state.records} records instead of {expected}")
                    return result
            finally:
                _running.reset(token)

        run.__dict__["house_mark"] = ("deed", name)
        return run

    return mark


def part(action: Callable[P, T]) -> Callable[P, T]:
    """Mark a step of deeds: it refuses to run outside one, so that it cannot go unrecorded."""

    @functools.wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _running.get() is None:
            raise DeedError(f"{action.__name__} is a part and runs only inside a deed")
        return action(*args, **kwargs)

    run.__dict__["house_mark"] = ("part", action.__name__)
    return run


def housekeeping(action: Callable[P, T]) -> Callable[P, T]:
    """Mark a write that is no deed: sealing, counting, delivery. It leaves no record."""
    action.__dict__["house_mark"] = ("housekeeping", action.__name__)
    return action


def nothing_done() -> None:
    """Say that the running deed found everything as it should be, and needs no record."""
    state = _running.get()
    if state is None:
        raise DeedError("no deed is running")
    state.nothing = True


def write_record(
    *,
    by: Actor,
    customer_ref: str = "",
    subject: tuple[str, str] = ("", ""),
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
) -> Record:
    """Write the one record of the running deed. ``personal`` values are kept apart, erasable.

    Raises:
        DeedError: no deed is running.
    """
    state = _running.get()
    if state is None:
        raise DeedError("a record belongs to a deed, and none is running")
    state.records += 1
    values = {"actor_name": by.name, "actor_address": by.address} | dict(personal or {})
    return _insert(
        Record(
            at=clock.now(),
            deed=state.name,
            actor_kind=by.kind,
            actor_ref=by.ref,
            customer_ref=customer_ref,
            subject_kind=subject[0],
            subject_ref=subject[1],
            before=dict(before or {}),
            after=dict(after or {}),
            request_id=by.request_id,
        ),
        {name: value for name, value in values.items() if value},
    )


@dataclass(frozen=True)
class CustomerRecord:
    """What a customer is to read about one of the many things that a deed touched; ``personal`` is kept erasably."""

    deed: str
    customer_ref: str
    subject: tuple[str, str]
    after: Mapping[str, Any]
    personal: Mapping[str, str] = field(default_factory=dict)


def write_customer_records(*, by: Actor, entries: Sequence[CustomerRecord]) -> None:
    """Write records of all the things that the running deed touched, besides its own one.

    Few deeds use this. An import of the vendor's files is one deed (and has its one record), yet each customer must find
    its own share in the chain and in its activity; so must the other customers of a person whose address changes.
    Imported seats, and those whose holder is erased, must be read seat by seat by products. What is not in an entry's
    ``personal``, as an actor's name, stands in the deed's own record with the same request id.

    Raises:
        DeedError: no deed is running.
    """
    if _running.get() is None:
        raise DeedError("a record belongs to a deed, and none is running")
    at, kept = clock.now(), []
    for entry in entries:
        record = Record(
            at=at,
            deed=entry.deed,
            actor_kind=by.kind,
            actor_ref=by.ref,
            customer_ref=entry.customer_ref,
            subject_kind=entry.subject[0],
            subject_ref=entry.subject[1],
            after=dict(entry.after),
            request_id=by.request_id,
        )
        kept.append((record, _commit(record, entry.personal)))
    Record.objects.bulk_create((record for record, _ in kept), batch_size=500)
    PersonalValue.objects.bulk_create((value for _, values in kept for value in values), batch_size=1000)


def _commit(record: Record, personal: Mapping[str, str]) -> list[PersonalValue]:
    """Give a record that is about to be inserted the commitments of its personal values, and give those."""
    salted = {name: (value, secrets.token_hex(16)) for name, value in personal.items() if value}
    record.commitments = {name: commitment(value, salt) for name, (value, salt) in salted.items()}
    return [PersonalValue(record=record, field=name, value=value, salt=salt) for name, (value, salt) in salted.items()]


def _insert(record: Record, personal: Mapping[str, str]) -> Record:
    values = _commit(record, personal)
    record.save(force_insert=True)
    for value in values:
        value.record = record
    PersonalValue.objects.bulk_create(values)
    return record
