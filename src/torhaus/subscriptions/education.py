"""Customers' requests for education terms, and the marks that come of them: found, kept, decided and forgotten.

One of a contract is open at most. The mark of a contract is the request that was granted last, until its last day.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.catalogue.models import EducationCategory
from torhaus.core import clock
from torhaus.records.deeds import housekeeping, part
from torhaus.subscriptions.education_rules import (
    OPEN_PROOF_KEPT,
    PROOF_KEPT,
    RECHECK,
    STAGES,
    holds,
    stage_due,
)
from torhaus.subscriptions.models import Contract, EducationRequest, EducationState

_RELATED = ("contract__customer", "contract__product", "category", "asked_by")
# So many requests of a contract are taken within 24 hours: it bounds what a customer can fill a disk with.
MOST_A_DAY = 5
LAPSED_SHOWN = timedelta(days=30)
_BROUGHT = {"name": "category__name"} | {name: name for name in ("ref", "starts_on", "ends_on", "percent", "ended_at")}
_FORGOTTEN = {"statement": "", "proof_name": "", "proof_type": "", "proof_size": 0, "proof_key": ""}


class EducationOpen(Exception):
    """The customer has asked already, and nobody has decided yet."""


class TooManyRequests(Exception):
    """The customer has asked often enough for a day."""


class UnknownEducationRequest(Exception):
    """No request has this reference."""


class EducationDecided(Exception):
    """The request was granted, refused or withdrawn before."""


@dataclass(frozen=True)
class Education:
    """How a contract stands: its ``mark`` (the last one, perhaps over), what waits, and what was refused last.

    ``refusal`` is None once something newer was granted.
    """

    mark: EducationRequest | None
    waiting: EducationRequest | None
    refusal: EducationRequest | None
    today: date

    @property
    def holds(self) -> bool:
        """Whether the mark counts today."""
        return self.mark is not None and holds(self.mark.starts_on, self.mark.ends_on, self.today)

    @property
    def in_force(self) -> EducationRequest | None:
        """The mark if it counts today."""
        return self.mark if self.holds else None

    @property
    def lapsed(self) -> EducationRequest | None:
        """The mark if it is over."""
        return None if self.holds else self.mark

    @property
    def due(self) -> bool:
        """Whether the mark ends soon and a new proof is to be brought; not where staff ended it before its time."""
        mark = self.in_force
        if mark is None or mark.ends_on is None or mark.ended_at is not None:
            return False
        return mark.ends_on - self.today <= RECHECK

    @property
    def state(self) -> str:
        """One word: granted, requested, refused, expired or none."""
        if self.holds:
            return "granted"
        if self.waiting:
            return "requested"
        if self.refusal:
            return "refused"
        return "expired" if self.mark else "none"


def education_of(contract_id: int, today: date) -> Education:
    """Give how a contract stands, inside the scope, in one query."""
    of_contract: Any = EducationRequest.objects.filter(contract_id=contract_id).order_by()
    newest_ones = of_contract.values("state").annotate(newest=Max("pk")).values("newest")
    rows = EducationRequest.objects.filter(pk__in=newest_ones).select_related("category", "asked_by")
    newest = {row.state: row for row in rows}
    mark, refusal = newest.get(EducationState.GRANTED), newest.get(EducationState.REFUSED)
    if mark and refusal and mark.pk > refusal.pk:
        refusal = None
    return Education(mark, newest.get(EducationState.OPEN), refusal, today)


def with_education(contracts: QuerySet[Contract]) -> QuerySet[Contract]:
    """Let contracts bring what ``education_brought`` reads, so that a page that has many queries needs no other one."""
    of_contract: Any = EducationRequest.objects.filter(contract=OuterRef("pk"))
    mark = of_contract.filter(state=EducationState.GRANTED).order_by("-pk")
    brought = {f"mark_{name}": Subquery(mark.values(path)[:1]) for name, path in _BROUGHT.items()}
    return contracts.annotate(**brought, mark_waits=Exists(of_contract.filter(state=EducationState.OPEN)))


def education_brought(contract: Contract, today: date) -> Education:
    """Give how a contract stands by what it brought (without refusals); one that brought nothing is looked up."""
    known: dict[str, Any] = {name: contract.__dict__.get(f"mark_{name}") for name in _BROUGHT}
    if "mark_waits" not in contract.__dict__:
        return education_of(contract.pk, today)
    mark = None
    if known["ends_on"] is not None:
        category = EducationCategory(name=known.pop("name"))
        mark = EducationRequest(category=category, state=EducationState.GRANTED, **known)
    waiting = EducationRequest() if contract.__dict__["mark_waits"] else None
    return Education(mark, waiting, None, today)


def education_request_of(contract_id: int, ref: str) -> EducationRequest | None:
    """Find a request of a contract, inside the scope."""
    return EducationRequest.objects.select_related("category").filter(contract_id=contract_id, ref=ref).first()


def education_request_across_customers(ref: str) -> EducationRequest | None:
    """Find a request, whosever it is, with contract, customer and category."""
    with scopes_disabled():
        return EducationRequest.objects.select_related(*_RELATED).filter(ref=ref).first()


def education_requests_across_customers() -> QuerySet[EducationRequest]:
    """Give the requests that wait for staff, the oldest first."""
    with scopes_disabled():
        rows = EducationRequest.objects.filter(state=EducationState.OPEN)
        return rows.select_related(*_RELATED).order_by("asked_at", "pk")


def marks_to_check_across_customers(today: date) -> QuerySet[EducationRequest]:
    """Give the marks that end soon, or ended lately, and for which no new request waits; the next to end first."""
    with scopes_disabled():
        rows = _marks(today - LAPSED_SHOWN, today + RECHECK)
        return rows.select_related(*_RELATED).order_by("ends_on", "pk")


def any_mark_across_customers() -> bool:
    """Whether education terms were ever granted to anybody."""
    with scopes_disabled():
        return EducationRequest.objects.filter(state=EducationState.GRANTED).exists()


def marks_to_tell_across_customers(today: date) -> list[int]:
    """Give the marks (primary keys) whose customers are to be told today that they end."""
    with scopes_disabled():
        rows = _marks(today, today + timedelta(days=max(STAGES))).values_list("pk", "ends_on", "told")
        return [
            pk for pk, ends_on, told in rows.order_by("ends_on", "pk") if ends_on and stage_due(ends_on, told, today)
        ]


def _marks(first: date, last: date) -> QuerySet[EducationRequest]:
    """Give the marks that end within these days, unless a newer one took their place or a request waits.

    Those that staff ended before their time are left out: their customers know, and there is nothing to check.
    """
    others: Any = EducationRequest.objects.filter(contract=OuterRef("contract"))
    newer = others.filter(state=EducationState.GRANTED, pk__gt=OuterRef("pk"))
    waiting = others.filter(state=EducationState.OPEN)
    rows = EducationRequest.objects.filter(
        state=EducationState.GRANTED, ends_on__range=(first, last), ended_at__isnull=True
    )
    return rows.filter(~Exists(newer), ~Exists(waiting))


def asked_too_often(contract_id: int) -> bool:
    """Whether a contract asked MOST_A_DAY times within 24 hours, inside the scope.

    It is to be asked before a proof is stored, too: what is refused afterwards lies on the disk for two days.
    """
    lately = EducationRequest.objects.filter(contract_id=contract_id, asked_at__gt=clock.now() - timedelta(days=1))
    return lately.count() >= MOST_A_DAY


@dataclass(frozen=True)
class Proof:
    """A file in the store that is to prove something: its clean name, its type by content, size and SHA-256."""

    name: str = ""
    content_type: str = ""
    size: int = 0
    key: str = ""


@part
def add_education_request(
    *,
    contract: Contract,
    category: EducationCategory,
    institution: str,
    statement: str,
    proof: Proof,
    person_ref: str,
) -> EducationRequest:
    """Keep a request about a locked contract, inside its scope.

    Raises:
        EducationOpen: another one waits.
        TooManyRequests: the contract asked MOST_A_DAY times within 24 hours.
    """
    if EducationRequest.objects.filter(contract=contract, state=EducationState.OPEN).exists():
        raise EducationOpen(contract.number)
    if asked_too_often(contract.pk):
        raise TooManyRequests(contract.number)
    return EducationRequest.objects.create(
        contract=contract,
        category=category,
        institution=institution,
        statement=statement,
        proof_name=proof.name,
        proof_type=proof.content_type,
        proof_size=proof.size,
        proof_key=proof.key,
        asked_by=User.objects.filter(ref=person_ref).first(),
        asked_at=clock.now(),
    )


@part
def decide_education(*, request: EducationRequest, state: EducationState, **values: Any) -> None:
    """Note what became of an open request whose contract is locked, with the other columns that this sets.

    Raises:
        EducationDecided: somebody was faster.
    """
    values |= {"state": state, "decided_at": clock.now()}
    with scopes_disabled():
        if not EducationRequest.objects.filter(pk=request.pk, state=EducationState.OPEN).update(**values):
            raise EducationDecided(request.ref)
    for name, value in values.items():
        setattr(request, name, value)


@part
def end_mark(*, mark: EducationRequest, last_day: date, reason: str) -> None:
    """Let a mark that holds end with an earlier day; its contract is locked, and this runs inside its scope."""
    mark.ends_on, mark.reason, mark.ended_at = last_day, reason, clock.now()
    mark.save(update_fields=["ends_on", "reason", "ended_at"])


@part
def forget_proof(request: EducationRequest) -> None:
    """Forget proof and statement of a request; the collection of files takes the content out of the store."""
    with scopes_disabled():
        EducationRequest.objects.filter(pk=request.pk).update(**_FORGOTTEN)


def proof_is_forgotten(request: EducationRequest) -> bool:
    """Whether a request waits so long that its proof, if there was one, is forgotten."""
    waits = request.state == EducationState.OPEN and request.category.needs_proof
    return waits and not request.proof_key and request.asked_at < clock.now() - OPEN_PROOF_KEPT


@part
def purge_terms(*, before: datetime) -> int:
    """Empty the institution and the reason of requests that were decided before an instant; give how many.

    To end terms before their time is a decision, too: what it is about is kept as long as its reason.
    """
    with scopes_disabled():
        rows = EducationRequest.objects.filter(decided_at__lt=before).exclude(ended_at__gte=before)
        rows = rows.exclude(institution="", reason="")
        return rows.update(institution="", reason="")


@housekeeping
def forget_old_proofs() -> int:
    """Forget proofs and statements of requests that were decided long enough ago, or that nobody decides.

    Gives how many requests it were.
    """
    now = clock.now()
    undecided = Q(state=EducationState.OPEN, asked_at__lt=now - OPEN_PROOF_KEPT)
    with scopes_disabled():
        rows = EducationRequest.objects.filter(Q(decided_at__lt=now - PROOF_KEPT) | undecided)
        return rows.exclude(statement="", proof_key="").update(**_FORGOTTEN)
