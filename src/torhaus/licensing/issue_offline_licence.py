"""The deed ``issue_offline_licence``: a contract gets a signed licence file of what it has booked now."""

from django_scopes import scope

from torhaus.core.random import new_ref
from torhaus.licensing.models import OfflineLicence
from torhaus.licensing.offline_licences import draft_of, newest_licence, numbered
from torhaus.licensing.rules import Refusal
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract
from torhaus.vendor.keys import active_signer
from torhaus.vendor.queries import the_vendor
from torhaus_sdk.licence import sign_licence


class NotIssued(Exception):
    """The contract gets no offline licence now; ``reason`` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@deed("issue_offline_licence")
def issue_offline_licence(
    *, contract_ref: str, newest_seen: int | None = None, issued_by: str = "", by: Actor
) -> OfflineLicence:
    """Issue a licence file; its number follows on the last one's.

    ``newest_seen`` is the number of the newest file that was seen (0 for none): if a newer one stands already,
    the same form was sent twice, and that one is given instead. ``issued_by`` is the label of the viewer's token.

    Raises:
        NotIssued: the contract is suspended, over, not begun, or nothing is booked.
        NoSigningKey, UnreadableKey: see :func:`torhaus.vendor.keys.active_signer`.
    """
    # The row is locked first: what is booked cannot change between reading it and keeping the file.
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        newest = newest_licence(contract.pk)
        if newest is not None and newest_seen is not None and newest.number > newest_seen:
            nothing_done()
            return newest
        row = _signed(contract, number=newest.number + 1 if newest else 1)
        row.issued_by = issued_by
        row.save(force_insert=True)
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={
            "contract": contract.number,
            "licence": row.ref,
            "number": row.number,
            "kid": row.kid,
            "expires_at": row.expires_at.isoformat(),
            "content": row.content,
        },
    )
    return row


def _signed(contract: Contract, *, number: int) -> OfflineLicence:
    """Give the file of what is booked now, signed and not yet kept."""
    draft = draft_of(contract, the_vendor())
    if draft.refusal is not None:
        raise NotIssued(draft.refusal)
    signer = active_signer()
    licence = numbered(draft, ref=new_ref(), number=number)
    return OfflineLicence(
        contract=contract,
        ref=licence.id,
        number=licence.sequence,
        kid=signer.kid,
        content=draft.content,
        issued_at=licence.issued_at,
        expires_at=licence.expires_at,
        text=sign_licence(licence, key=signer.key, kid=signer.kid),
    )
