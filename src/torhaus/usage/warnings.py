"""Who came near to an allowance, and who is still to be told: a row by contract and meter, an outbox of its own.

A threshold is noted in the transaction of the reading that passed it, so no mail is without its cause and no cause
without its mail. It is told of once, until usage has fallen below it and risen anew; a counter begins each month.
Kinds of seats have such rows, too, noted with the seat that passed it (B99).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django_scopes import scopes_disabled

from torhaus.catalogue.models import Item, Meter, MeterKind
from torhaus.core import clock
from torhaus.records.deeds import part
from torhaus.subscriptions.models import Contract
from torhaus.usage.models import AllowanceWarning
from torhaus.usage.rules import Threshold, threshold_kept, threshold_reached

PAGE, QUIET = 25, timedelta(hours=1)


@part
def note_thresholds(
    *,
    contract: Contract,
    meters: Sequence[Meter],
    used: Mapping[str, int],
    allowed: Mapping[str, int | None],
    today: date,
) -> list[AllowanceWarning]:
    """Note which thresholds the usage of these meters has passed or fallen below; give those passed just now.

    The contract is locked.
    """
    with scopes_disabled():
        rows = AllowanceWarning.objects.filter(contract=contract, meter__in=meters)
        known = {row.meter_id: row for row in rows}
        passed = []
        for meter in meters:
            row = known.get(meter.pk)
            month = today.replace(day=1) if meter.kind == MeterKind.COUNTER else None
            told = row.reached if row is not None and row.month == month else Threshold.NONE
            quantity, total = used.get(meter.key, 0), allowed.get(meter.key)
            reached, kept = threshold_reached(quantity, total), threshold_kept(told, quantity, total)
            if reached > kept:
                passed.append(_pass(row or AllowanceWarning(contract=contract, meter=meter), reached, month))
                passed[-1].used, passed[-1].total = quantity, total or 0
                passed[-1].save()
            elif row is not None and (row.reached, row.month) != (kept, month):
                row.reached, row.month = kept, month
                if kept == Threshold.NONE and row.told_at is None:
                    row.told_at = clock.now()  # it passed by before anybody could be told
                row.save(update_fields=["reached", "month", "told_at"])
    return passed


@part
def note_seat_assigned(*, contract: Contract, kind: Item, used: int, booked: int, added: int = 1) -> None:
    """Note which threshold ``added`` more seats of a kind have passed, if any; ``used`` counts them. The contract is locked.

    What was told of counts only as far as the seats before these still reached it, so that neither who releases
    a seat nor a booking has to look here: falling below a threshold and rising again is a new crossing. Within
    ``QUIET``, of as many booked, it is none, so that seats which come and go at a threshold send no mail each time.
    """
    reached = threshold_reached(used, booked)
    if reached == Threshold.NONE:
        return
    with scopes_disabled():
        row = AllowanceWarning.objects.filter(contract=contract, seat_kind=kind).first()
        told = row.reached if row is not None else Threshold.NONE
        if row is not None and row.total == booked and reached <= told and clock.now() - row.raised_at < QUIET:
            return
        if reached > min(told, threshold_reached(used - added, booked)):
            row = _pass(row or AllowanceWarning(contract=contract, seat_kind=kind), reached, None)
            row.used, row.total = used, booked
            row.save()


def _pass(row: AllowanceWarning, reached: Threshold, month: date | None) -> AllowanceWarning:
    row.reached, row.month, row.raised_at, row.told_at = reached, month, clock.now(), None
    return row


def untold_warnings_across_customers() -> list[int]:
    """Give the next warnings (primary keys) whose mail is still to be written, the oldest first."""
    with scopes_disabled():
        rows = AllowanceWarning.objects.filter(told_at__isnull=True)
        return list(rows.order_by("raised_at", "pk").values_list("pk", flat=True)[:PAGE])


@part
def begin_telling(*, warning_id: int) -> AllowanceWarning | None:
    """Lock a warning that nobody was told of yet and note that it now is; None if somebody was faster."""
    with scopes_disabled():
        rows = AllowanceWarning.objects.select_for_update(of=("self",))
        row = rows.filter(pk=warning_id, told_at__isnull=True).first()
        if row is None:
            return None
        row.told_at = clock.now()
        row.save(update_fields=["told_at"])
        related = AllowanceWarning.objects.select_related(
            "meter", "seat_kind", "contract__customer", "contract__product"
        )
        return related.get(pk=row.pk)
