"""Checks the chain against itself, its signed heads and the personal values, in bounded memory.

It finds a record edited, removed, cut off at the end or rewritten with all that
follows, and says so in plain words.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.records.models import ChainHead, PersonalValue, Record, Seal, Unsealed
from torhaus.records.rules import FIELDS, GENESIS, commitment, content, digest
from torhaus_sdk.jws import InvalidStatement, claimed_kid, verify

HEAD_TYPE = "torhaus-chain-head"
PAGE = 1000
SHOWN = 10
# The deeds that erase personal values; each says in its record how many.
ERASING = ("erase_personal_values", "erase_person")


@dataclass
class ChainReport:
    """What the check saw: counts, the first problems in words, and how many there were in all."""

    sealed: int = 0
    waiting: int = 0
    erased: int = 0
    heads: int = 0
    worthless_heads: int = 0
    problem_count: int = 0
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return self.problem_count == 0

    def add(self, problem: str) -> None:
        """Note a problem; only the first few are kept in words."""
        self.problem_count += 1
        if len(self.problems) < SHOWN:
            self.problems.append(problem)


@dataclass
class _Place:
    sequence: int = 0
    digest: str | None = GENESIS  # None after a gap: what stood there is unknown


def check_chain(
    *,
    keys: Mapping[str, Ed25519PublicKey],
    heads: Iterable[str] = (),
    distrusted: Collection[str] = (),
    backlog_minutes: int = 10,
) -> ChainReport:
    """Check every seal, record, personal value and head. ``heads`` are signed heads kept elsewhere (JWS).

    A head signed by one of the ``distrusted`` keys (kid) proves nothing: whoever has the key could have made it.
    """
    report, place = ChainReport(), _Place()
    while page := list(Seal.objects.filter(sequence__gt=place.sequence).order_by("sequence")[:PAGE]):
        place = _check_page(page, place, report)
    _check_queue(report, backlog_minutes)
    _check_erasures(report)
    stored = ChainHead.objects.order_by("sequence").iterator(chunk_size=PAGE)
    for chunk in _chunks(({"text": head.signature, "row": head} for head in stored), PAGE):
        _check_heads(_worth_something(chunk, distrusted, report), place.sequence, keys, report)
    for chunk in _chunks(({"text": text.strip(), "row": None} for text in heads if text.strip()), PAGE):
        _check_heads(_worth_something(chunk, distrusted, report), place.sequence, keys, report)
    _warn_of_worthless_heads(report)
    return report


def _chunks(items: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(islice(items, size)):
        yield chunk


def _check_page(page: Sequence[Seal], place: _Place, report: ChainReport) -> _Place:
    ids = [seal.record_id for seal in page]
    with scopes_disabled():
        records = {row["pk"]: row for row in Record.objects.filter(pk__in=ids).values("pk", *FIELDS)}
    personal: dict[int, dict[str, PersonalValue]] = {}
    for value in PersonalValue.objects.filter(record_id__in=ids):
        personal.setdefault(value.record_id, {})[value.field] = value
    for seal in page:
        _check_seal(seal, place, records.get(seal.record_id), report)
        if seal.record_id in records:
            _check_personal(seal.sequence, records[seal.record_id], personal.get(seal.record_id, {}), report)
        place = _Place(seal.sequence, seal.digest)
        report.sealed += 1
    return place


def _check_seal(seal: Seal, place: _Place, record: dict[str, Any] | None, report: ChainReport) -> None:
    previous = place.digest
    if seal.sequence != place.sequence + 1:
        first, last = place.sequence + 1, seal.sequence - 1
        report.add(
            ngettext(
                "Place %(first)d of the chain is missing: its record was removed.",
                "Places %(first)d to %(last)d of the chain are missing: their records were removed.",
                last - first + 1,
            )
            % {"first": first, "last": last}
        )
        previous = None
    if record is None:
        report.add(_("The record at place %(place)d was removed; only its seal is left.") % {"place": seal.sequence})
    elif previous is not None and digest(previous, seal.sequence, content(record)) != seal.digest:
        report.add(
            _("The record at place %(place)d (%(deed)s) was changed after it was sealed.")
            % {"place": seal.sequence, "deed": record["deed"]}
        )


def _check_personal(
    sequence: int, record: dict[str, Any], values: Mapping[str, PersonalValue], report: ChainReport
) -> None:
    for name in sorted(set(record["commitments"]) | set(values)):
        value, promised = values.get(name), record["commitments"].get(name)
        if value is not None and value.erased_at is not None:
            report.erased += 1
            if value.value or value.salt:
                report.add(
                    _(
                        "The personal value “%(field)s” of the record at place %(place)d is marked as erased, "
                        "yet a value stands there."
                    )
                    % {"field": name, "place": sequence}
                )
        elif value is None:
            report.add(
                _("The personal value “%(field)s” of the record at place %(place)d is gone without having been erased.")
                % {"field": name, "place": sequence}
            )
        elif commitment(value.value, value.salt) != promised:
            report.add(
                _("The personal value “%(field)s” of the record at place %(place)d was changed.")
                % {"field": name, "place": sequence}
            )


def _check_queue(report: ChainReport, backlog_minutes: int) -> None:
    with scopes_disabled():
        sealed = Seal.objects.filter(record_id=OuterRef("pk"))
        queued = Unsealed.objects.filter(record_id=OuterRef("pk"))
        lost = Record.objects.filter(~Exists(sealed), ~Exists(queued)).count()
    if lost:
        report.add(
            ngettext(
                "%(count)d record is neither sealed nor waiting for its seal: its seal was removed.",
                "%(count)d records are neither sealed nor waiting for their seal: their seals were removed.",
                lost,
            )
            % {"count": lost}
        )
    report.waiting = Unsealed.objects.count()
    oldest = Unsealed.objects.order_by("record_id").values_list("record__at", flat=True).first()
    if oldest is not None and clock.now() - oldest > timedelta(minutes=backlog_minutes):
        report.warnings.append(
            ngettext(
                "%(count)d record has waited for its seal since %(since)s. Is a worker running? Start `torhaus worker`.",
                "%(count)d records wait for their seal, the oldest since %(since)s. "
                "Is a worker running? Start `torhaus worker`.",
                report.waiting,
            )
            % {"count": report.waiting, "since": oldest.isoformat(timespec="minutes")}
        )


def _check_erasures(report: ChainReport) -> None:
    """Find values that were erased by nobody's deed: erasing is recorded with how many values it took."""
    # Counted before the records are read: an erasure that ends in between is then no difference.
    erased = PersonalValue.objects.filter(erased_at__isnull=False).count()
    with scopes_disabled():
        told = Record.objects.filter(deed__in=ERASING).values_list("after", flat=True)
        recorded = sum(after.get("erased", 0) for after in told.iterator(chunk_size=PAGE))
    if erased > recorded:
        report.add(
            ngettext(
                "%(count)d personal value is marked as erased, but no record says that it was.",
                "%(count)d personal values are marked as erased, but no record says that they were.",
                erased - recorded,
            )
            % {"count": erased - recorded}
        )


def _worth_something(
    heads: Sequence[dict[str, Any]], distrusted: Collection[str], report: ChainReport
) -> list[dict[str, Any]]:
    left = [head for head in heads if claimed_kid(head["text"]) not in distrusted]
    report.worthless_heads += len(heads) - len(left)
    return left


def _warn_of_worthless_heads(report: ChainReport) -> None:
    if report.worthless_heads:
        report.warnings.append(
            ngettext(
                "%(count)d signed head proves nothing: its key is distrusted.",
                "%(count)d signed heads prove nothing: their key is distrusted.",
                report.worthless_heads,
            )
            % {"count": report.worthless_heads}
        )


def _check_heads(
    heads: Sequence[dict[str, Any]], end: int, keys: Mapping[str, Ed25519PublicKey], report: ChainReport
) -> None:
    claims = [(head["row"], _claims_of(head["text"], keys)) for head in heads]
    places = [claim["sequence"] for _row, claim in claims if claim is not None]
    digests = dict(Seal.objects.filter(sequence__in=places).values_list("sequence", "digest"))
    for row, claim in claims:
        report.heads += 1
        if claim is None:
            report.add(_("A signed head is not signed by a key of this installation, or its text was changed."))
        elif row is not None and (row.sequence, row.digest) != (claim["sequence"], claim["digest"]):
            report.add(_("The kept head at place %(place)d does not say what was signed.") % {"place": row.sequence})
        else:
            _check_claim(claim, end, digests.get(claim["sequence"]), report)


def _check_claim(claim: Mapping[str, Any], end: int, found: str | None, report: ChainReport) -> None:
    words = {"place": claim["sequence"], "signed": claim["signed_at"], "end": end}
    if claim["sequence"] > end:
        report.add(
            _(
                "The head signed %(signed)s covers %(place)d records, but the chain ends at %(end)d: its end was cut off."
            )
            % words
        )
    elif found is not None and found != claim["digest"]:
        report.add(
            _("The chain up to place %(place)d is not the one signed %(signed)s: history was rewritten.") % words
        )


def _claims_of(text: str, keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any] | None:
    try:
        claims = verify(text, keys=keys, typ=HEAD_TYPE)
    except InvalidStatement:
        return None
    shapes = {"sequence": int, "digest": str, "signed_at": str}
    fits = all(isinstance(claims.get(name), kind) for name, kind in shapes.items())
    return claims if fits else None
