"""A crowd of client processes that want the same seats at the same moment; each has a connection of its own."""

import time

from tests.licensing.crowd import contract, patiently
from tests.seats.seating import assign, held, release
from torhaus.seats.refusals import MailTaken, NoFreeSeat


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


def take_and_release(number: int, *, seconds: float) -> dict:
    """Assign and release seats for a while; ``most`` is how many were held at most, as seen from here."""
    did, of, end = {"assigned": 0, "refused": 0, "most": 0}, contract(), time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            seat = patiently(assign, of, f"p{number}")
        except NoFreeSeat:
            did["refused"] += 1
            continue
        did["assigned"] += 1
        did["most"] = max(did["most"], len(held(of)))
        patiently(release, of, seat)
    return did


ACTS = {one.__name__: one for one in (assign_once, assign_same, take_and_release)}
