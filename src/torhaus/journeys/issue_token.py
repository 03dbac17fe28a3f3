"""The deed ``issue_token``: a contract gets a new licence token, and its contacts are told in the same transaction."""

from torhaus.core import clock
from torhaus.journeys.vendor_mail import mail_contacts
from torhaus.licensing.actions import OVERLAPS, IssuedToken, add_token
from torhaus.records.deeds import Actor, deed, part, write_record


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
    issued = put_token(contract_ref=contract_ref, prefix=prefix, overlap=overlap, newest_seen=newest_seen)
    contract = issued.row.contract
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after=as_recorded(issued, overlap),
    )
    return issued


@part
def put_token(
    *,
    contract_ref: str,
    prefix: str,
    overlap: str,
    newest_seen: str | None = None,
    by_token: str = "",
    by_link_to: str = "",
) -> IssuedToken:
    """Issue a token and tell the contract's contacts, without the token. For what it raises see ``issue_token``.

    ``by_token`` and ``by_link_to`` say in the mail how a customer came to it: the token (its label) they were
    signed in with, or the address the link was sent to.
    """
    issued = add_token(contract_ref=contract_ref, prefix=prefix, overlap=overlap, newest_seen=newest_seen)
    contract = issued.row.contract
    mail_contacts(
        template="token_issued",
        customer=contract.customer,
        context={
            "contract": contract.number,
            "token": str(issued.row),
            "ended": issued.ended,
            "ends_at": clock.now() + OVERLAPS[overlap] if overlap != "0" else None,
            "by_token": by_token,
            "by_link_to": by_link_to,
        },
    )
    return issued


def as_recorded(issued: IssuedToken, overlap: str) -> dict[str, object]:
    """Give what the record of a deed says about a new token."""
    return {
        "token": issued.token.public_id,
        "overlap": overlap,
        "ended": issued.ended,
        "contract": issued.row.contract.number,
    }
