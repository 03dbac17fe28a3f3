"""``torhaus reset-factors``: help for somebody who lost app, passkeys and recovery codes."""

from typing import Annotated

import typer

from torhaus.accounts.queries import person_with_mail
from torhaus.accounts.second_factors import UnknownFactor
from torhaus.console.words import CONSOLE, fail, say
from torhaus.journeys.change_own_factors import reset_second_factors
from torhaus.organisations.security import let_owners_in_across_customers


def reset_factors(
    mail: Annotated[str, typer.Argument(help="Mail address of the person, staff or a customer's.")],
) -> None:
    """Forget all second factors of a person and end their sessions. They sign in with the password alone then.

    Make sure who asks: whoever has the password gets in afterwards. Staff who need a factor set up another at once.
    """
    user = person_with_mail(mail)
    if user is None:
        fail(f"nobody has the address {mail}")
    try:
        count = reset_second_factors(user=user, by=CONSOLE)
    except UnknownFactor:
        fail(f"{user.mail} has no second factor")
    if opened := let_owners_in_across_customers(person=user, by=CONSOLE):
        say(f"{opened} of their organisations let nobody in as they can; all ways to sign in are allowed there again")
    say(f"second factors of {user.mail}: {count} forgotten, all sessions ended")
