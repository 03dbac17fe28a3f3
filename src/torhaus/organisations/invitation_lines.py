"""Lines of a file that invites people: what each one says, by itself. Pure: what the customer says to it is planned."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from torhaus.core.csv_lines import CsvLine, one_line
from torhaus.organisations.models import Role

LONGEST = {"name": 120, "mail": 254}


class Why(StrEnum):
    """Why a line invites nobody."""

    MAIL_MISSING = "mail_missing"
    MAIL = "mail"
    NAME_MISSING = "name_missing"
    TOO_LONG = "too_long"
    CONTROL = "control"
    ROLE_MISSING = "role_missing"
    ROLE = "role"
    NOT_YOURS_TO_GIVE = "not_yours_to_give"
    LANGUAGE = "language"
    TWICE = "twice"
    NOT_INVITABLE = "not_invitable"
    MAILBOX_FULL = "mailbox_full"


@dataclass(frozen=True)
class InvitationLine:
    """Whom a line invites, into which role; ``language`` is empty for the customer's. ``why``: it invites nobody."""

    number: int
    mail: str
    name: str
    role: Role | None = None
    language: str = ""
    why: Why | None = None


def invitation_line(
    line: CsvLine, *, roles: Mapping[str, Role], languages: Mapping[str, str], may_give: frozenset[Role]
) -> InvitationLine:
    """Read a line; ``roles`` and ``languages`` lead from what cells may say (case folded) to what is meant.

    ``may_give`` are the roles that whoever invites may give: nobody gives more than they have.
    """
    mail, name = line.cell("mail").lower(), line.cell("name")
    role = roles.get(_folded(line.cell("role")))
    said = line.cell("language")
    language = languages.get(_folded(said), "")
    why = _unfit(mail, name)
    if why is None and role is None:
        why = Why.ROLE if line.cell("role") else Why.ROLE_MISSING
    elif why is None and role not in may_give:
        why = Why.NOT_YOURS_TO_GIVE
    elif why is None and said and not language:
        why = Why.LANGUAGE
    return InvitationLine(line.number, mail, name, role, language, why)


def _unfit(mail: str, name: str) -> Why | None:
    if len(mail) > LONGEST["mail"] or len(name) > LONGEST["name"]:
        return Why.TOO_LONG
    if not one_line(mail + name):
        return Why.CONTROL
    if not mail:
        return Why.MAIL_MISSING
    try:
        validate_email(mail)
    except ValidationError:
        return Why.MAIL
    return None if name else Why.NAME_MISSING


def _folded(cell: str) -> str:
    return " ".join(cell.split()).casefold()
