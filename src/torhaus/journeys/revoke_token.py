"""The deed ``revoke_token``: a licence token ends now, and the contract's contacts are told."""

from torhaus.journeys.vendor_mail import mail_contacts
from torhaus.licensing.actions import end_token
from torhaus.licensing.models import LicenceToken
from torhaus.records.deeds import Actor, deed, write_record


@deed("revoke_token")
def revoke_token(*, public_id: str, by: Actor) -> LicenceToken:
    """Revoke a token: its next use is refused.

    Raises:
        UnknownToken: no such token.
        AlreadyRevoked: it no longer works anyway.
    """
    row = end_token(public_id=public_id)
    contract = row.contract
    mail_contacts(
        template="token_revoked",
        customer=contract.customer,
        context={"contract": contract.number, "token": str(row)},
    )
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"token": public_id, "contract": contract.number},
    )
    return row
