"""Wishes to be erased: kept, found, and decided once."""

from datetime import date

from django.db.models import QuerySet

from torhaus.accounts.models import ErasureRequest, ErasureState, User
from torhaus.core import clock
from torhaus.records.deeds import part


class RequestOpen(Exception):
    """The person, or somebody for them, has asked already, and it is not decided yet."""


class RequestDecided(Exception):
    """There is no such request, or it was decided or withdrawn."""


def open_requests() -> QuerySet[ErasureRequest]:
    """Give what waits for staff, the most urgent first, with the persons."""
    rows = ErasureRequest.objects.filter(state=ErasureState.OPEN).select_related("person")
    return rows.order_by("due_on", "pk")


def decided_requests(limit: int) -> list[ErasureRequest]:
    """Give what was decided last, the newest first; whom it was about is not known any more."""
    return list(ErasureRequest.objects.exclude(state=ErasureState.OPEN).order_by("-decided_at", "-pk")[:limit])


def count_open_requests() -> int:
    """Give how many wait for staff."""
    return ErasureRequest.objects.filter(state=ErasureState.OPEN).count()


def open_request_of(mail: str) -> ErasureRequest | None:
    """Give what waits about somebody with this address."""
    return open_requests().filter(mail=mail.strip().lower()).first()


def erasure_request(ref: str) -> ErasureRequest | None:
    """Give a request by its reference, whatever became of it."""
    return ErasureRequest.objects.select_related("person").filter(ref=ref).first()


def open_request_by(person: User) -> ErasureRequest | None:
    """Give what waits about this account."""
    return ErasureRequest.objects.filter(person=person, state=ErasureState.OPEN).first()


def passed_on(row: ErasureRequest, user: User | None) -> bool:
    """Whether the address, now of the account ``user``, was another's when somebody asked, or had none."""
    return row.person_id != (user.pk if user else None)


@part
def add_request(*, person: User | None, mail: str, language: str, due_on: date, note: str = "") -> ErasureRequest:
    """Keep that somebody wants to be erased.

    Raises:
        RequestOpen: it is known already.
    """
    mail = mail.strip().lower()
    if person is not None:  # two forms sent at once wait for each other here
        User.objects.select_for_update().get(pk=person.pk)
    row, created = ErasureRequest.objects.get_or_create(
        mail=mail,
        state=ErasureState.OPEN,
        defaults={
            "person": person,
            "language": language,
            "note": note,
            "asked_at": clock.now(),
            "due_on": due_on,
        },
    )
    if not created:
        raise RequestOpen(row.ref)
    return row


@part
def lock_open_request(ref: str) -> ErasureRequest:
    """Give a request that waits, locked until the deed ends, with all others that wait: one is decided at a time.

    An erasure locks contracts of many customers as it meets them, so that of two at once each could wait for the other.

    Raises:
        RequestDecided: none waits by this reference.
    """
    waiting = ErasureRequest.objects.select_for_update().filter(state=ErasureState.OPEN).order_by("pk")
    row = next((one for one in list(waiting) if one.ref == ref), None)
    if row is None:
        raise RequestDecided(ref)
    return row


@part
def decide_request(row: ErasureRequest, *, state: ErasureState) -> None:
    """Note what became of a locked request; whom it was about is forgotten here."""
    row.state, row.decided_at, row.mail, row.note = state, clock.now(), "", ""
    row.save(update_fields=["state", "decided_at", "mail", "note"])
