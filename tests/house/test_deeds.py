"""House rule: what writes is a deed, a part of one, or housekeeping; and a deed leaves exactly one record."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections import Counter

import pytest
from django.db import connection
from django_scopes import scopes_disabled

import torhaus
from tests import people
from torhaus.accounts.models import Throttle
from torhaus.records.deeds import DeedError, deed, housekeeping, nothing_done, part, write_record
from torhaus.records.models import Record, Unsealed

# This room lies beside the records and cannot know deeds; the journeys that call it are deeds.
BESIDE_THE_RECORDS = {"torhaus.work.actions"}
WRITING_METHODS = {
    "save",
    "create",
    "create_user",
    "delete",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "enqueue",
}


def modules():
    """Every module in which writes belong: actions, imports and journeys."""
    for info in pkgutil.walk_packages(torhaus.__path__, "torhaus."):
        parts = info.name.split(".")
        writes = len(parts) > 2 and (parts[2].startswith(("actions", "imports")) or parts[1] == "journeys")
        if writes and info.name not in BESIDE_THE_RECORDS and parts[-1] not in {"apps", "tasks"}:
            yield importlib.import_module(info.name)


def public_functions():
    """The public functions those modules define, with their names."""
    for module in modules():
        for name, value in vars(module).items():
            if not name.startswith("_") and inspect.isfunction(value) and value.__module__ == module.__name__:
                yield f"{module.__name__}.{name}", value


def mark_of(function):
    return getattr(function, "house_mark", None)


def is_step(function) -> bool:
    """Whether calling it is a write of the caller's. A deed is not: it keeps its own record, whoever calls it."""
    return (mark_of(function) or "x")[0] in {"part", "housekeeping"}


def writes(function) -> bool:
    """Whether the function's own code changes rows: by the ORM, by a record, or by a part or housekeeping."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    names = inspect.unwrap(function).__globals__
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name):
            called = names.get(call.func.id)
            if called is write_record or is_step(called):
                return True
        elif isinstance(call.func, ast.Attribute):
            if call.func.attr in WRITING_METHODS or (call.func.attr == "update" and call.keywords and not call.args):
                return True
            owner = names.get(call.func.value.id) if isinstance(call.func.value, ast.Name) else None
            if inspect.ismodule(owner) and is_step(getattr(owner, call.func.attr, None)):
                return True
    return False


def test_what_writes_is_marked():
    unmarked = [name for name, function in public_functions() if writes(function) and not mark_of(function)]
    assert unmarked == [], "mark them @deed, @part or @housekeeping"


def test_the_check_sees_unmarked_writes():
    def by_orm():
        Throttle.objects.create()

    def by_update(rows):
        rows.update(failures=1)

    def by_record():
        write_record(by=people.SYSTEM)

    def by_another():
        planted_part()

    def reads(rows):
        known = {}
        known.update({"a": 1})
        return rows.filter(pk=1).first()

    assert [writes(f) for f in (by_orm, by_update, by_record, by_another, reads)] == [True] * 4 + [False]


def test_there_is_something_to_check():
    kinds = Counter(mark_of(function)[0] for _, function in public_functions() if mark_of(function))
    assert kinds["deed"] >= 8
    assert kinds["part"] >= 5
    assert kinds["housekeeping"] >= 3


def test_one_name_per_deed():
    deeds = {
        name: mark_of(function)[1] for name, function in public_functions() if (mark_of(function) or "x")[0] == "deed"
    }
    assert [name for name, count in Counter(deeds.values()).items() if count > 1] == []
    assert [name for name, said in deeds.items() if name.rpartition(".")[2] != said] == []


def test_parts_refuse_to_run_outside_a_deed():
    parts = [function for _, function in public_functions() if (mark_of(function) or "x")[0] == "part"]
    for function in parts:
        with pytest.raises(DeedError):
            function()


@deed("planted_silent")
def planted_silent():
    Throttle.objects.create(source="planted", window_started_at=people.NOON)


@deed("planted_talkative")
def planted_talkative():
    Throttle.objects.create(source="planted", window_started_at=people.NOON)
    write_record(by=people.SYSTEM)
    write_record(by=people.SYSTEM)


@deed("planted_idle")
def planted_idle(*, writes_after_all=False):
    nothing_done()
    if writes_after_all:
        write_record(by=people.SYSTEM)


@deed("planted_outer")
def planted_outer():
    write_record(by=people.SYSTEM)
    planted_idle()


@part
def planted_part():
    Throttle.objects.create(source="planted", window_started_at=people.NOON)


@housekeeping
def planted_housekeeping():
    write_record(by=people.SYSTEM)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("act", "said"),
    [
        (planted_silent, "planted_silent wrote 0 records instead of 1"),
        (planted_talkative, "planted_talkative wrote 2 records instead of 1"),
        (lambda: planted_idle(writes_after_all=True), "planted_idle wrote 1 records instead of 0"),
        (planted_outer, "planted_idle runs inside another deed"),
        (planted_part, "planted_part is a part"),
        (planted_housekeeping, "none is running"),
    ],
)
def test_a_deed_without_exactly_one_record_is_rolled_back(act, said):
    with pytest.raises(DeedError, match=said):
        act()
    with scopes_disabled():
        assert Record.objects.count() == 0
    assert Unsealed.objects.count() == 0
    assert Throttle.objects.count() == 0
    assert not connection.in_atomic_block
    planted_idle()  # the failure left nothing behind that would stop the next deed
