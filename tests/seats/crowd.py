"""A crowd of client processes that want the same seats at the same moment; each has a connection of its own."""

import hashlib
import math
import random
import time

from django.db import transaction
from django_scopes import scope, scopes_disabled

from tests import people
from tests.licensing.crowd import contract, patiently
from tests.seats.seating import assign, held, release
from torhaus.journeys.import_seats import PlanChanged, import_seats
from torhaus.records.actions import seal_records
from torhaus.seats.changes import seat_changes
from torhaus.seats.holders import Holder
from torhaus.seats.models import Seat
from torhaus.seats.refusals import MailTaken, NoFreeSeat
from torhaus.seats.seat_lines import SeatLine
from torhaus.subscriptions.models import Contract


def assign_once(number: int) -> str:
    """Ask for a seat for a person of its own; gives its reference, or nothing where none is free."""
    try:
        return patiently(assign, contract(), f"p{number}").ref
    except NoFreeSeat:
        return ""


def assign_same(number: int) -> str:
    """Ask for a seat for one person, whom everybody asks for; gives its reference, or nothing where there is one."""
    try:
        return patiently(assign, contract(), "everybody").ref
    except MailTaken:
        return ""


def import_file(number: int) -> int:
    """Confirm one of two files with 20 holders each; gives how many seats were given out, -1 where the plan changed."""
    of = contract()
    said = [f"{'even' if number % 2 else 'odd'}{n}@nordwind.example" for n in range(20)]
    lines = [SeatLine(n + 2, "full", Holder(mail=mail)) for n, mail in enumerate(said)]
    shown = hashlib.sha256(",".join(str(one.number) for one in lines).encode()).hexdigest()[:32]
    try:
        return len(
            patiently(import_seats, contract_ref=of.ref, lines=lines, shown=shown, mails=False, by=people.SYSTEM)
        )
    except PlanChanged:
        return -1


def take_and_release(number: int, *, seconds: float) -> dict:
    """Assign and release seats for a while; ``most`` is how many were held at most, as seen from here.

    Who is refused comes again some time later, as people do: 60 processes that ask again at once leave two processors
    no time for the two that have a seat, and what is measured is the machine. ``assigned_warm`` counts ``seconds`` from
    the first answer on: until then a new process and its connection learn everything for the first time.
    """
    chance, warm = random.Random(number), False
    did, of, end = {"assigned": 0, "assigned_warm": 0, "refused": 0, "most": 0}, contract(), math.inf
    while time.monotonic() < end:
        try:
            seat = patiently(assign, of, f"p{number}")
        except NoFreeSeat:
            did["refused"] += 1
            time.sleep(2 * chance.random())
        else:
            did["assigned"] += 1
            did["assigned_warm"] += warm
            did["most"] = max(did["most"], len(held(of)))
            patiently(release, of, seat)
        if not warm:
            warm, end = True, time.monotonic() + seconds
    return did


def write_or_follow(number: int, *, seconds: float) -> list:
    """Assign, release and seal in one of two contracts, or follow its feed, for a while."""
    chance, end = random.Random(number), time.monotonic() + seconds
    with scopes_disabled():
        of = Contract.objects.select_related("customer").order_by("pk")[number % 2]
    after, found = 0, []
    while time.monotonic() < end:
        if number < 2:
            with scope(customer=of.customer_id, customer_ref=of.customer.ref):
                page = seat_changes(of, after=after, limit=3)
            found += [[one.sequence, one.deed, list(one.seats)] for one in page]
            after = page[-1].sequence if page else after
        else:
            seat = patiently(_lingering, of, f"p{number}", chance.random() / 50)
            patiently(release, of, seat)
            patiently(seal_records, batch=5)  # as workers do; only one of them seals at a time
    return found


def _lingering(of: Contract, who: str, seconds: float) -> Seat:
    """Assign a seat, and commit some time later than its record got its number."""
    with transaction.atomic():
        seat = assign(of, who)
        time.sleep(seconds)
    return seat


ACTS = {one.__name__: one for one in (assign_once, assign_same, import_file, take_and_release, write_or_follow)}
