"""What a contract uses now: of a gauge its latest reading, of a counter the month's. Inside the tenant scope."""

from datetime import date, timedelta

from django.db.models import Max, Min, Q

from torhaus.catalogue.models import Meter, MeterKind
from torhaus.usage.models import Reading


def latest_readings(contract_id: int, today: date) -> tuple[dict[str, int], date | None]:
    """Give what is used of each meter by key, and the day on which time alone changes that (None: never).

    A counter that said something in an earlier month only has 0; readings of days to come do not count yet.
    """
    rows = Reading.objects.filter(contract_id=contract_id)
    last = dict(rows.filter(on__lte=today).values_list("meter_id").annotate(Max("on")))
    coming = rows.filter(on__gt=today).aggregate(first=Min("on"))["first"]
    if not last:
        return {}, coming
    newest = Q()
    for meter_id, on in last.items():
        newest |= Q(meter_id=meter_id, on=on)
    quantities = dict(rows.filter(newest).values_list("meter_id", "quantity"))
    meters = Meter.objects.in_bulk(list(last))
    month = today.replace(day=1)
    used = {
        meters[pk].key: 0 if meters[pk].kind == MeterKind.COUNTER and last[pk] < month else quantity
        for pk, quantity in quantities.items()
    }
    counted = any(meters[pk].kind == MeterKind.COUNTER and last[pk] >= month for pk in last)
    turns = _next_month(today) if counted else None
    days = [day for day in (coming, turns) if day is not None]
    return dict(sorted(used.items())), min(days, default=None)


def _next_month(day: date) -> date | None:
    first = day.replace(day=1)
    if (first.year, first.month) == (date.max.year, 12):
        return None
    return (first + timedelta(days=32)).replace(day=1)
