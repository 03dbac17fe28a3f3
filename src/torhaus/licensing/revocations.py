"""The signed list of licence files that must not be relied on any more, although they have not ended (R52).

On it stands a file whose contract is suspended or is over earlier than the file knew, whose machine was removed from
the installations, or whose licence tokens were all ended at once:
revoked, or replaced by a new one "now", as after a loss. Tokens that ran out after an overlap
revoke no file. What ended by itself is not listed; the list stays as short as what was taken back.
"""

import threading
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.licensing.derivation import said_by
from torhaus.licensing.models import LicenceToken, OfflineLicence
from torhaus.licensing.offline_licences import licence_in
from torhaus.licensing.rules import Refusal, refusal
from torhaus.vendor.keys import active_signer
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import the_vendor
from torhaus_sdk.revocations import REVOCATIONS_TYPE, revocation_claims

EVERY = 60
_NONE = (-1, -1, "")


def revoked_files_across_customers(vendor: Vendor, now: datetime) -> set[str]:
    """Give the references of all files that are revoked and have not ended."""
    with scopes_disabled():
        live = OfflineLicence.objects.filter(expires_at__gt=now)
        suspended = set(live.filter(contract__suspended=True).values_list("ref", flat=True))
        over = Q(contract__cancelled_to__isnull=False) | Q(
            contract__auto_renews=False, contract__ends_on__lte=now.date()
        )
        maybe = live.filter(over).select_related("contract__customer", "contract__product")
        ended = {row.ref for row in maybe if _is_over(row, vendor, now)}
        gone = Q(revoked_at__isnull=False) | Q(expires_at__lte=now)
        lost = LicenceToken.objects.filter(gone, contract__in=live.order_by().values("contract"))
        withdrawn = _withdrawn(set(lost.values_list("contract", flat=True)))
        files = live.filter(contract__in=withdrawn.keys())
        bound = {row.ref for row in files.iterator() if _bound_only_to(row, withdrawn[row.contract_id])}
        removed = set(live.filter(installation__removed_at__isnull=False).values_list("ref", flat=True))
    return suspended | ended | bound | removed


def _is_over(row: OfflineLicence, vendor: Vendor, now: datetime) -> bool:
    """Whether the file's contract has ended with its grace, or was withdrawn before it began.

    A file that falls back goes on after the end it names, but not if the contract ended before that.
    """
    contract = row.contract
    if contract.cancelled_to is not None and contract.cancelled_to < contract.starts_on:
        return True
    said = said_by(contract, vendor, now=now, bookings=())
    why = refusal(said.stands, suspended=False, ends_at=said.ends_at, grace_days=said.grace_days, now=now)
    if why is not Refusal.ENDED:
        return False
    file = licence_in(row)
    return not file.fallback or file.licence_ends_at != said.ends_at


def _withdrawn(contracts: Iterable[int]) -> dict[int, set[str]]:
    """Give of some contracts (ids) the public ids of the tokens that were ended at once."""
    found: dict[int, set[str]] = {}
    rows = LicenceToken.objects.filter(contract__in=contracts)
    tokens = list(rows.values_list("contract", "public_id", "issued_at", "expires_at", "revoked_at"))
    begun = {(contract, issued_at) for contract, _, issued_at, _, _ in tokens}
    for contract, public_id, _, expires_at, revoked_at in tokens:
        # One that was replaced without an overlap ended in the moment in which its successor began.
        if revoked_at is not None or (contract, expires_at) in begun:
            found.setdefault(contract, set()).add(public_id)
    return found


def _bound_only_to(row: OfflineLicence, tokens: set[str]) -> bool:
    bound = licence_in(row).tokens
    return bool(bound) and tokens.issuperset(bound)


class KeptList:
    """The signed list as this process made it last: once a minute, alike in every process within the same minute.

    It is made anew at once when the vendor's revision grows, so that no key signs on that is distrusted.
    """

    def __init__(self) -> None:
        self._made = _NONE
        self._lock = threading.Lock()

    def text(self) -> str:
        """Give the list as a compact JWS.

        Raises:
            NoVendor: none is loaded.
            NoSigningKey, UnreadableKey: see :func:`torhaus.vendor.keys.active_signer`.
        """
        vendor, now = the_vendor(), clock.now()
        began = int(now.timestamp()) // EVERY * EVERY
        with self._lock:
            if self._made[:2] != (began, vendor.revision):
                self._made = (began, vendor.revision, _signed(vendor, now, began))
            return self._made[2]

    def forget(self) -> None:
        """Make it anew at the next use."""
        self._made = _NONE


def _signed(vendor: Vendor, now: datetime, began: int) -> str:
    signer = active_signer()
    ids = revoked_files_across_customers(vendor, now)
    at = datetime.fromtimestamp(began, now.tzinfo)
    return signer.sign(revocation_claims(vendor.key, ids, at=at), typ=REVOCATIONS_TYPE)


REVOCATIONS = KeptList()
