"""What the database keeps count of is what the rows say, whoever writes them and however many at once."""

import pytest
import typer
from django.db import connection, transaction
from django.db.models import Count, F, Sum
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests import people
from tests.seats import seating
from torhaus.console.check import check
from torhaus.console.findings import _seats
from torhaus.core import clock
from torhaus.seats.lookup import looked_up
from torhaus.seats.models import Seat, SeatState, SeatTally
from torhaus.subscriptions.models import Contract

LARGEST = 2**44  # so that all together stay below 2^53
STEP = st.tuples(
    st.sampled_from(["add", "come", "own", "release", "move", "see"]), st.integers(0, 11), st.integers(0, LARGEST)
)


def kept() -> dict:
    with scopes_disabled():
        rows = SeatTally.objects.values_list("contract", "kind", "state", "held", "owned")
        return {row[:3]: (row[3], int(row[4])) for row in rows if row[3] or row[4]}


def counted() -> dict:
    with scopes_disabled():
        held = Seat.objects.filter(released_at=None).order_by().values_list("contract", "kind", "state")
        return {row[:3]: (row[3], int(row[4])) for row in held.annotate(n=Count("*"), size=Sum("owned_bytes"))}


def do(step: tuple[str, int, int], contracts: list[Contract], n: int) -> None:
    """Write to some seats at once, past all deeds: what is kept must not hang on them."""
    what, some, size = step
    kinds = [people.item(key, "seat") for key in ("full", "guest", "room")]
    seats = Seat.objects.filter(pk__in=list(Seat.objects.order_by("pk").values_list("pk", flat=True)[some::3]))
    if what == "add":
        Seat.objects.bulk_create(
            Seat(contract=contracts[i % 2], kind=kinds[(some + i) % 3], place=n * 100 + i + 1, owned_bytes=size >> i,
                 state=SeatState.values[i % 2], assigned_at=people.NOON) for i in range(some)
        )  # fmt: skip
    elif what == "release":
        seats.filter(released_at=None).update(released_at=clock.now())
    elif what == "move":
        seats.filter(released_at=None).update(kind=kinds[some % 3], place=F("pk") + 10_000)
    else:
        changed = {"come": {"state": SeatState.ACTIVE}, "own": {"owned_bytes": size}}
        seats.update(**changed.get(what, {"last_seen_at": clock.now()}))


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=1, max_size=12))
def test_what_is_kept_is_what_a_count_says(steps):
    with transaction.atomic():
        with scopes_disabled():
            contracts = [seating.contract(), seating.contract("V-2026-002")]
            for n, step in enumerate(steps):
                do(step, contracts, n)
                assert kept() == counted(), step
            Seat.objects.all().delete()
            assert kept() == {}
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_what_is_rolled_back_was_never_counted():
    of = seating.contract()
    seating.assign(of)
    before = kept()
    with transaction.atomic():
        seating.assign(of, "ben")
        assert kept() != before
        transaction.set_rollback(True)
    assert kept() == before == counted()


@pytest.mark.django_db
def test_the_doctor_finds_what_is_counted_wrong_and_it_is_counted_anew():
    of, other = seating.contract(full=5), seating.contract("V-2026-002", full=5)
    for contract in (of, other):
        seating.assign(contract, "ada")
        seating.assign(contract, "ben")
    with scopes_disabled():
        Seat.objects.filter(contract=other, mail__startswith="ada").update(owned_bytes=2**52)
    assert [(one.level, one.said) for one in _seats()] == [("ok", "held seats and what they own are counted right")]
    right = kept()
    with scopes_disabled():
        SeatTally.objects.filter(contract=of).update(held=9)
        SeatTally.objects.filter(contract=other).update(owned=1)
        room = people.item("room", "seat")
        SeatTally.objects.create(contract=of, kind=room, state="active", held=1, owned=0)
    assert {(one.level, one.mend) for one in _seats()} == {("error", "torhaus check --recount-seats")}
    assert [one.said for one in _seats()] == [
        "contract V-2026-001 keeps 9 initiated seats of the kind full, but has 2",
        "contract V-2026-001 keeps 1 active seats of the kind room, but has 0",
        "contract V-2026-002 keeps 2 initiated seats of the kind full, but has 2; what they own was added up wrong",
    ]
    shown = CliRunner().invoke(cli(), ["--recount-seats"])
    assert (shown.exit_code, shown.output) == (0, "3 numbers of seats were set right\n")
    assert kept() == right == counted()
    assert [one.level for one in _seats()] == ["ok"]
    with scopes_disabled():
        SeatTally.objects.all().delete()
    assert CliRunner().invoke(cli(), ["--recount-seats"]).output == "2 numbers of seats were set right\n"
    assert kept() == right, "what is missing is made anew"
    seating.assign(of, "cleo")
    assert kept() == counted(), "and kept up from there on"


def cli() -> typer.Typer:
    """The command, as ``torhaus check`` runs it once the installation is set up."""
    app = typer.Typer()
    app.command()(check)
    return app


@pytest.mark.django_db
def test_a_change_that_is_not_counted_writes_no_tally():
    of = seating.contract()
    seat = seating.assign(of)
    with scopes_disabled(), connection.cursor() as cursor:
        version = "xmin::text" if connection.vendor == "postgresql" else "0"
        cursor.execute(f"SELECT id, held, owned, {version} FROM seats_seattally ORDER BY id")
        before = cursor.fetchall()
        Seat.objects.filter(pk=seat.pk).update(last_seen_at=clock.now())
        cursor.execute(f"SELECT id, held, owned, {version} FROM seats_seattally ORDER BY id")
        assert cursor.fetchall() == before


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL keeps its index by itself")
@pytest.mark.parametrize("lost", ["seat_sought_made", "seat_sought_changed", "seat_sought_gone"])
def test_the_doctor_finds_what_searches_miss_and_it_is_looked_up_anew(lost):
    """As when a trigger is lost, which happens where SQLite makes the seats' table anew."""
    of = seating.contract(full=5)
    ada, ben = seating.assign(of, "ada"), seating.assign(of, "ben")
    assert [one.level for one in _seats()] == ["ok"]
    with connection.cursor() as cursor, scopes_disabled():
        cursor.execute(f"DROP TRIGGER {lost}")
        if lost == "seat_sought_made":
            ada = seating.assign(of, "ada2")
        else:
            Seat.objects.filter(pk=ada.pk).update(mail="ada2@nordwind.example", sought="ada2@nordwind.example")
        if lost == "seat_sought_gone":
            Seat.objects.filter(pk=ben.pk).delete()
    assert looked_up("ada2@", 9) == (f"[{ada.pk}]" if lost == "seat_sought_gone" else "[]")
    assert [(one.level, one.mend) for one in _seats()][1:] == [("error", "torhaus check --recount-seats")]
    shown = CliRunner().invoke(cli(), ["--recount-seats"])
    made_anew = "0 numbers of seats were set right\nwhat searches of seats look up was made anew\n"
    assert (shown.exit_code, shown.output) == (0, made_anew)
    assert looked_up("ada2@", 9) == f"[{ada.pk}]"
    assert [one.level for one in _seats()] == ["ok"]
