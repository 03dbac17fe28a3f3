"""The deed ``replace_lost_token``: who followed the link of a mail gets a new licence token, once."""

from torhaus.journeys.issue_token import as_recorded, put_token
from torhaus.licensing.actions import IssuedToken
from torhaus.licensing.reset_links import LinkOver, open_reset_across_customers, use_reset_link
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.vendor.queries import the_vendor


@deed("replace_lost_token")
def replace_lost_token(*, reset_ref: str, overlap: str, by: Actor) -> IssuedToken:
    """Use the link up and issue a token for its contract; the older ones end now or after ``overlap`` (B5).

    Raises:
        LinkOver: the link was used, also a moment ago, has expired, or a newer one took its place.
        KeyError: no such overlap.
    """
    reset = open_reset_across_customers(reset_ref)
    if reset is None:
        raise LinkOver
    contract = lock_contract(ref=reset.contract.ref)
    use_reset_link(reset_id=reset.pk, contract_id=contract.pk)
    issued = put_token(
        contract_ref=contract.ref, prefix=the_vendor().token_prefix, overlap=overlap, by_link_to=reset.mail
    )
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after=as_recorded(issued, overlap) | {"reset": reset.ref},
        personal={"mail": reset.mail},
    )
    return issued
