"""The deed ``issue_token``: a contract gets a new licence token, and its contacts are told in the same transaction."""

from torhaus.core import clock
from torhaus.journeys.vendor_mail import mail_contacts
from torhaus.licensing.actions import OVERLAPS, IssuedToken, add_token
from torhaus.records.deeds import Actor, deed, write_record


@deed("issue_token")
def issue_token(
    *, contract_ref: str, prefix: str, overlap: str = "0", newest_seen: str | None = None, by: Actor
) -> IssuedToken:
    """Issue a token for a contract; its older ones end now or after ``overlap`` (a key of OVERLAPS, B5).

    ``newest_seen`` is the public id of the newest token the issuer saw ("" for none); None does not ask.

    Raises:
        UnknownContract: no such contract.
        TokensChanged: there is a newer one than ``newest_seen``, perhaps by the same form sent twice.
        KeyError: no such overlap.
    """
    issued = add_token(contract_ref=contract_ref, prefix=prefix, overlap=overlap, newest_seen=newest_seen)
    contract = issued.row.contract
    ends_at = clock.now() + OVERLAPS[overlap] if overlap != "0" else None
    mail_contacts(
        template="token_issued",
        customer=contract.customer,
        context={"contract": contract.number, "token": str(issued.row), "ended": issued.ended, "ends_at": ends_at},
    )
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={
            "token": issued.token.public_id,
            "overlap": overlap,
            "ended": issued.ended,
            "contract": contract.number,
        },
    )
    return issued
