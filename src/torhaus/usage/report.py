"""Readings as products report them: kept as they came, and added up to what the contract uses on each day.

A gauge says how much there is: a contract's is the sum of what each of its installations said last. A counter
says what was added: a contract's is the sum since the month began. Days and months are the vendor's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q
from django_scopes import scopes_disabled

from torhaus.catalogue.models import Meter, MeterKind
from torhaus.catalogue.queries import meters_named
from torhaus.core import clock
from torhaus.records.deeds import housekeeping, part
from torhaus.subscriptions.models import Contract
from torhaus.usage.models import Level, Reading, Report
from torhaus.usage.rules import Close, Shift, counter_shifts, gauge_shifts, next_month, shifted
from torhaus.vendor.queries import the_vendor

LATE = timedelta(days=31)
AHEAD = timedelta(hours=1)
# A late reading may touch the month of a day 31 days ago, so reports are kept until nothing can need them.
KEPT = timedelta(days=64)
LARGEST = 2**62
PORTION = 1000


class ReadingRefused(Exception):
    """A reading cannot be taken, so none of those that came with it is. ``reading`` is its id, ``meter`` its meter."""

    def __init__(self, reading: str, meter: str) -> None:
        super().__init__(reading)
        self.reading = reading
        self.meter = meter


class UnknownMeter(ReadingRefused):
    """The vendor's catalogue has no such meter."""


class KindMismatch(ReadingRefused):
    """A counter was reported of a gauge, or the other way round."""


class ReadingConflict(ReadingRefused):
    """The same id stood at another reading before."""


class ReadingTooOld(ReadingRefused):
    """It was read more than 31 days ago."""


class ReadingInFuture(ReadingRefused):
    """It was read more than an hour from now."""


class ReadingTooLarge(ReadingRefused):
    """With it the contract's usage would be a number that nothing can count."""


@dataclass(frozen=True)
class ReadingSaid:
    """A reading as a product sends it: without ``kind`` that of the meter, without ``at`` now."""

    id: str
    meter: str
    quantity: int
    kind: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Taken:
    """What became of readings: how many are new, how many were there already, and the meters they were of."""

    accepted: int
    repeated: int
    meters: list[Meter]


@part
def take_readings(*, contract: Contract, source: str, readings: Sequence[ReadingSaid]) -> Taken:
    """Take the readings of one source (an installation's reference, or none) of a locked contract; all or none.

    Raises:
        ReadingRefused: one of its kinds; nothing is taken.
    """
    meters = meters_named({one.meter for one in readings})
    for one in readings:
        if one.meter not in meters:
            raise UnknownMeter(one.id, one.meter)
        if one.kind and one.kind != meters[one.meter].kind:
            raise KindMismatch(one.id, one.meter)
    with scopes_disabled():
        new = _new_reports(contract, source, readings, meters)
        Report.objects.bulk_create(new)
        zone = ZoneInfo(the_vendor().time_zone)
        for meter in {one.meter_id: one.meter for one in new}.values():
            _add_up(contract, source, meter, [one for one in new if one.meter_id == meter.pk], zone)
        if new:
            _mark_changed(contract)
    return Taken(len(new), len(readings) - len(new), list(meters.values()))


def _new_reports(
    contract: Contract, source: str, readings: Sequence[ReadingSaid], meters: dict[str, Meter]
) -> list[Report]:
    now = clock.now()
    stored = Report.objects.filter(contract=contract, source=source, reading_id__in={one.id for one in readings})
    known = {one.reading_id: one for one in stored}
    new: list[Report] = []
    for one in readings:
        meter = meters[one.meter]
        if (found := known.get(one.id)) is not None:
            said_at = found.received_at if one.at is None else one.at
            if (found.meter_id, found.quantity, found.at) != (meter.pk, one.quantity, said_at):
                raise ReadingConflict(one.id, one.meter)
            continue
        at = now if one.at is None else one.at
        if at < now - LATE:
            raise ReadingTooOld(one.id, one.meter)
        if at > now + AHEAD:
            raise ReadingInFuture(one.id, one.meter)
        if one.quantity > LARGEST:
            raise ReadingTooLarge(one.id, one.meter)
        report = Report(
            contract=contract,
            meter=meter,
            source=source,
            reading_id=one.id,
            quantity=one.quantity,
            at=at,
            received_at=now,
        )
        known[one.id] = report
        new.append(report)
    return new


def _add_up(contract: Contract, source: str, meter: Meter, new: Sequence[Report], zone: ZoneInfo) -> None:
    """Bring the days of a meter up to date with new reports of one source."""
    counts = meter.kind == MeterKind.COUNTER
    totals: dict[date, int] = {}
    closes: dict[date, Close] = {}
    for one in new:
        day = _day_of(one.at, one.received_at, zone)
        totals[day] = totals.get(day, 0) + one.quantity
        if day not in closes or one.at >= closes[day].at:
            closes[day] = Close(one.at, one.quantity)
    written: dict[date, int] = {}
    if counts:
        for month in {day.replace(day=1) for day in totals}:
            of_month = {day: quantity for day, quantity in totals.items() if day.replace(day=1) == month}
            written |= _write_days(contract, meter, counter_shifts(of_month), since=month)
    else:
        before, known = _known_closes(contract, source, meter, min(closes), [one.pk for one in new], zone)
        written = _write_days(contract, meter, gauge_shifts(before, known, closes))
    if max(written.values(), default=0) > LARGEST:
        raise ReadingTooLarge(new[-1].reading_id, meter.key)
    _write_level(contract, source, meter, totals, closes)


def _day_of(at: datetime, received_at: datetime, zone: ZoneInfo) -> date:
    """Give the vendor's day of a reading; a clock that is a little ahead makes no readings of tomorrow."""
    return min(at, received_at).astimezone(zone).date()


def _known_closes(
    contract: Contract, source: str, meter: Meter, first: date, new: list[int], zone: ZoneInfo
) -> tuple[int, dict[date, Close]]:
    """Give what a source's gauge stood at before a day, and what it said last on each day since; without ``new``."""
    start = datetime.combine(first, time.min, zone)
    rows = Report.objects.filter(contract=contract, meter=meter, source=source).exclude(pk__in=new)
    before = rows.filter(at__lt=start).order_by("-at", "-pk").values_list("quantity", flat=True).first()
    found: dict[date, Close] = {}
    for at, received_at, quantity in (
        rows.filter(at__gte=start).order_by("at", "pk").values_list("at", "received_at", "quantity")
    ):
        found[_day_of(at, received_at, zone)] = Close(at, quantity)
    return before or 0, found


def _write_days(
    contract: Contract, meter: Meter, shifts: Sequence[Shift], since: date | None = None
) -> dict[date, int]:
    """Write what the days come to after some shifts; give those that were written. ``since`` is where all begins."""
    first = min(shift.on for shift in shifts)
    rows = Reading.objects.filter(contract=contract, meter=meter, reported=True)
    earlier = rows.filter(on__lt=first) if since is None else rows.filter(on__lt=first, on__gte=since)
    before = earlier.order_by("-on").values_list("quantity", flat=True).first() or 0
    after = rows.filter(on__gte=first) if since is None else rows.filter(on__gte=first, on__lt=next_month(since))
    known = dict(after.values_list("on", "quantity"))
    found = shifted(known, before, shifts)
    changed = {day: quantity for day, quantity in found.items() if known.get(day) != quantity}
    if max(changed.values(), default=0) <= LARGEST:
        # What was imported for such a day gives way: products know better.
        Reading.objects.bulk_create(
            [
                Reading(contract=contract, meter=meter, on=day, quantity=quantity, reported=True)
                for day, quantity in sorted(changed.items())
            ],
            update_conflicts=True,
            unique_fields=["contract", "meter", "on"],
            update_fields=["quantity", "reported"],
        )
    return changed


def _write_level(
    contract: Contract, source: str, meter: Meter, totals: dict[date, int], closes: dict[date, Close]
) -> None:
    """Write where a source stands after new reports of it."""
    on = max(closes)
    at, quantity = closes[on]
    level = Level.objects.filter(contract=contract, meter=meter, source=source).first()
    if meter.kind == MeterKind.COUNTER:
        month = on.replace(day=1)
        if level is not None and level.on >= month:
            month, on, at = level.on.replace(day=1), max(on, level.on), max(at, level.at)
        added = sum(some for day, some in totals.items() if day.replace(day=1) == month)
        quantity = added + (level.quantity if level is not None and level.on >= month else 0)
    elif level is not None and level.at > at:
        return
    Level.objects.update_or_create(
        contract=contract, meter=meter, source=source, defaults={"quantity": quantity, "on": on, "at": at}
    )


@part
def forget_source(*, contract_id: int, source: str) -> None:
    """Let what a removed installation said last count no more from now on; its contract is locked.

    What it added to counters stays: that was used, whoever is gone.
    """
    today = clock.today(the_vendor().time_zone)
    with scopes_disabled():
        levels = list(Level.objects.filter(contract_id=contract_id, source=source).select_related("contract", "meter"))
        for level in levels:
            if level.meter.kind == MeterKind.GAUGE:
                _write_days(level.contract, level.meter, [Shift(max(today, level.on), None, -level.quantity)])
        if levels:
            Level.objects.filter(pk__in=[level.pk for level in levels]).delete()
            _mark_changed(levels[0].contract)


@part
def _mark_changed(contract: Contract) -> None:
    """Let what was derived from the contract's usage be derived anew."""
    contract.revision += 1
    contract.save(update_fields=["revision"])


@housekeeping
def purge_old_reports() -> int:
    """Remove reports that nothing can need any more; give how many. No reading changes.

    Of each source's gauge the last of the old ones stays: what a late reading follows on is still known then.
    """
    cutoff = clock.now() - KEPT
    removed = 0
    with scopes_disabled():
        for portion in _old_reports(cutoff):
            removed += Report.objects.filter(pk__in=portion).delete()[0]
    return removed


def _old_reports(cutoff: datetime) -> Iterator[list[int]]:
    """Give the primary keys of reports to remove, in portions: each is a short write of its own."""
    same = Report.objects.filter(
        contract=OuterRef("contract"), meter=OuterRef("meter"), source=OuterRef("source"), at__lt=cutoff
    )
    followed = Exists(same.filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))))
    old = Report.objects.filter(Q(meter__kind=MeterKind.COUNTER) | followed, at__lt=cutoff)
    while portion := list(old.order_by("pk").values_list("pk", flat=True)[:PORTION]):
        yield portion
