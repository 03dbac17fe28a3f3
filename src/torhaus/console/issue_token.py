"""``torhaus issue-token``: a licence token for a contract, shown once."""

from typing import Annotated

import typer

from torhaus.console.words import CONSOLE, fail, say, say_json
from torhaus.journeys.issue_token import issue_token
from torhaus.licensing.actions import OVERLAPS
from torhaus.subscriptions.queries import contract_numbered_across_customers
from torhaus.vendor.queries import NoVendor, the_vendor


def issue_token_command(
    contract: Annotated[str, typer.Argument(help="Number of the contract, e.g. V-2026-0117.")],
    overlap: Annotated[str, typer.Option(help="How long older tokens go on: 0, 1h, 24h or 7d.")] = "0",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Issue a licence token. It is written to standard output once and is nowhere kept.

    Older tokens of the contract end at once, unless --overlap lets them go on.
    """
    if overlap not in OVERLAPS:
        raise typer.BadParameter(f"{overlap!r} is none of {', '.join(OVERLAPS)}", param_hint="--overlap")
    found = contract_numbered_across_customers(contract)
    if found is None:
        fail(f"no contract has the number {contract}")
    try:
        prefix = the_vendor().token_prefix
    except NoVendor as error:
        fail(str(error))
    issued = issue_token(contract_ref=found.ref, prefix=prefix, overlap=overlap, by=CONSOLE)
    if as_json:
        say_json({"contract": contract, "token": issued.token.text, "overlap": overlap, "ended": issued.ended})
    else:
        say(issued.token.text)
