"""The deed ``reset_token``: a customer in the portal replaces the licence token, and the contract's contacts are told."""

from torhaus.journeys.issue_token import as_recorded, put_token
from torhaus.licensing.actions import IssuedToken
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.vendor.queries import the_vendor


@deed("reset_token")
def reset_token(*, contract_ref: str, overlap: str, newest_seen: str, by_token: str, by: Actor) -> IssuedToken:
    """Issue a token for the viewer's contract; the older ones end now or after ``overlap`` (B5).

    ``by_token`` is the label of the token the viewer is signed in with.

    Raises:
        TokensChanged: there is a newer token than ``newest_seen``: another tab or person was faster.
        KeyError: no such overlap.
    """
    issued = put_token(
        contract_ref=contract_ref,
        prefix=the_vendor().token_prefix,
        overlap=overlap,
        newest_seen=newest_seen,
        by_token=by_token,
    )
    contract = issued.row.contract
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after=as_recorded(issued, overlap),
    )
    return issued
