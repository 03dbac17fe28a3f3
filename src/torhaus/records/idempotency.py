"""Keys by which programs repeat a write safely: claimed before the work, kept with the reply in the work's transaction.

draft-ietf-httpapi-idempotency-key-header. A claim is committed first, so that a second request sees it. Whoever
claimed writes the reply in the transaction of the effect itself: there is no effect without its reply, and none twice.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction

from torhaus.core import clock
from torhaus.core.mentions import mentions_of, without_mentions
from torhaus.core.random import new_ref
from torhaus.core.sealed import FORM, Unreadable, seal, unseal
from torhaus.records.deeds import housekeeping, part
from torhaus.records.models import IdempotencyKey

# No request works that long; whoever claimed died. Should it live on after all, it finds its claim gone.
ABANDONED_AFTER = timedelta(seconds=60)
# At least a day is promised.
KEPT = timedelta(hours=48)
_PURPOSE = b"torhaus kept replies v1"


class OtherRequest(Exception):
    """The key was sent before, with another request."""


class InProgress(Exception):
    """Another request with this key is being worked on."""


class ReplyLost(Exception):
    """It was done, but what was answered was sealed under another secret key and cannot be read any more."""


class ClaimLost(Exception):
    """Another request took this claim over, because it was thought abandoned; nothing of this one may stay."""


@dataclass(frozen=True)
class Claim:
    """The right to do the work of a key, until it is taken over."""

    row: int
    claim: str


@dataclass(frozen=True)
class Reply:
    """What was answered."""

    status: int
    text: str


@housekeeping
def claim_key(*, scope: str, key: str, request: str) -> Claim | Reply:
    """Claim a key for a request (a digest of it), or give the reply that stands. Not inside a transaction.

    Raises:
        OtherRequest: the key belongs to another request.
        InProgress: somebody else works on it.
        ReplyLost: it was done, and the reply is not readable any more.
    """
    claim, now = new_ref(), clock.now()
    found = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if found is None:
        try:
            with transaction.atomic():
                made = IdempotencyKey.objects.create(scope=scope, key=key, request=request, claim=claim, claimed_at=now)
            return Claim(made.pk, claim)
        except IntegrityError:  # somebody was faster
            found = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if found is None:  # and gave it back already
        raise InProgress(key)
    if found.request != request:
        raise OtherRequest(key)
    if found.status is not None:
        return Reply(found.status, _opened(found))
    if found.claimed_at > now - ABANDONED_AFTER:
        raise InProgress(key)
    taken = IdempotencyKey.objects.filter(pk=found.pk, claim=found.claim, status__isnull=True)
    if not taken.update(claim=claim, claimed_at=now):
        raise InProgress(key)
    return Claim(found.pk, claim)


@housekeeping
def keep_reply(claim: Claim, reply: Reply, *, secret: bool = False) -> None:
    """Keep the reply of a claimed key; only in the transaction of the work itself.

    ``secret``: it holds the address of a link, whose code is kept nowhere in clear (R11), so it is sealed. Such a reply
    names nobody.

    Raises:
        ClaimLost: the claim was taken over; the transaction must not commit.
    """
    mine = IdempotencyKey.objects.filter(pk=claim.row, claim=claim.claim, status__isnull=True)
    text = seal(reply.text.encode(), purpose=_PURPOSE, owner=str(claim.row).encode()) if secret else reply.text
    if not mine.update(status=reply.status, reply=text):
        raise ClaimLost


def _opened(row: IdempotencyKey) -> str:
    if not row.reply.startswith(FORM):  # which no JSON does
        return row.reply
    try:
        return unseal(row.reply, purpose=_PURPOSE, owner=str(row.pk).encode()).decode()
    except Unreadable as error:
        raise ReplyLost(row.key) from error


@housekeeping
def give_claim_back(claim: Claim) -> None:
    """Forget a claim whose work failed and left nothing, so that it can be tried again at once."""
    IdempotencyKey.objects.filter(pk=claim.row, claim=claim.claim, status__isnull=True).delete()


@part
def take_out_of_replies(*, mail: str, names: Collection[str], instead: str) -> None:
    """Put ``instead`` where a kept reply names a person by this address; whoever repeats the write gets it so."""
    person = mentions_of(mail, names)
    for row in IdempotencyKey.objects.filter(reply__icontains=mail):
        said = without_mentions(json.loads(row.reply), person, instead)
        IdempotencyKey.objects.filter(pk=row.pk).update(reply=json.dumps(said, ensure_ascii=False))


@housekeeping
def forget_old_keys() -> int:
    """Delete keys that are older than what is kept; give how many."""
    return IdempotencyKey.objects.filter(claimed_at__lt=clock.now() - KEPT).delete()[0]
