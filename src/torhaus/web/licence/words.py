"""What an offline licence says, in words: what it grants, until when, and why there is none."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from torhaus.catalogue.models import ItemKind, Product
from torhaus.catalogue.queries import item_and_meter_names, product_names
from torhaus.core import clock
from torhaus.core.texts import Texts, text_in
from torhaus.frame.words import Look
from torhaus.licensing.models import Installation, LicenceToken, OfflineLicence
from torhaus.licensing.offline_licences import licence_in
from torhaus.licensing.rules import SOON, Refusal
from torhaus.licensing.search import TokenState, token_state
from torhaus_sdk.licence import Environment

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

REFUSALS = {
    Refusal.UPCOMING: _("Your contract has not begun yet. The offline licence can be issued from its first day on."),
    Refusal.SUSPENDED: _("Your contract is suspended, so no offline licence is issued. Please talk to us."),
    Refusal.ENDED: _("Your contract has ended, so no offline licence is issued any more. Talk to us to go on."),
    Refusal.EMPTY: _("Nothing is booked in your contract, so there is nothing to license yet."),
    Refusal.WITHHELD: _("Your contract provides for no offline licences. Talk to us if an installation needs one."),
    Refusal.MACHINE: _("Choose for which machine the offline licence is: your contract binds each to one."),
    Refusal.MACHINE_UNKNOWN: _(
        "We do not know yet by what this installation is recognised. Let it check its licence with “activate” once, or "
        "paste its code."
    ),
}
ENVIRONMENTS = {Environment.PRODUCTION: _("Production"), Environment.EVALUATION: _("Evaluation")}
TOKEN_LOOKS = {
    TokenState.LIVE: Look("ok", "check", _("Works")),
    TokenState.ENDING: Look("warn", "clock", _("Works until its end")),
    TokenState.ENDED: Look("", "circle-off", _("Replaced")),
    TokenState.REVOKED: Look("bad", "ban", _("Revoked")),
}
FILE_LOOKS: "dict[bool, Look]" = {
    True: Look("ok", "check", _("Valid")),
    False: Look("", "circle-x", _("No longer valid")),
}


@dataclass(frozen=True)
class Amount:
    """So much of something; ``number`` None is unlimited, ``until`` its last day where that comes early."""

    name: str
    number: int | None
    until: date | None = None


@dataclass(frozen=True)
class Contents:
    """What a licence file says, as the page shows it. Days are the last ones on which something counts."""

    products: list[str]
    items: list[Amount]
    allowances: list[Amount]
    seats: list[Amount]
    environment: "_StrPromise | str"
    licence_until: date | None
    licence_days_left: int | None
    file_days_left: int
    maintained_until: date | None
    grace_days: int
    tokens: list[str]
    machine: Installation | None


@dataclass(frozen=True)
class FileRow:
    """An issued file in the history."""

    row: OfflineLicence
    works: bool
    look: Look


@dataclass(frozen=True)
class TokenRow:
    """A token as its owner sees it: never its secret."""

    token: LicenceToken
    label: str
    look: Look
    works: bool
    here: bool


def contents_of(row: OfflineLicence, product: Product, tokens: list[LicenceToken]) -> Contents:
    """Put what a file says into the page's language; names come from the catalogue where it has them.

    ``product`` is the contract's own, and ``tokens`` are its tokens.
    """
    licence = licence_in(row)
    keys = [one.key for one in licence.items] + list(licence.seats)
    known, meters = item_and_meter_names(keys, list(licence.allowances))
    products = {product.key: product.name} | product_names([key for key in licence.audience if key != product.key])
    labels = {token.public_id: str(token) for token in tokens}
    until = last_day(licence.licence_ends_at)
    today = timezone.localdate(clock.now())
    return Contents(
        products=[_named(products, key, key) for key in licence.audience],
        items=[
            Amount(_named(known, one.key, one.name), one.quantity, last_day(one.until))
            for one in sorted(
                licence.items, key=lambda one: one.kind != ItemKind.PLAN
            )  # it is what the contract is about
        ],
        allowances=[Amount(_named(meters, key, key), number) for key, number in licence.allowances.items()],
        seats=[Amount(_named(known, key, key), one.max) for key, one in licence.seats.items()],
        environment=ENVIRONMENTS[licence.environment],
        licence_until=until,
        licence_days_left=None if until is None else (until - today).days,
        file_days_left=max(0, (timezone.localdate(row.expires_at) - today).days),
        maintained_until=last_day(licence.maintained_until),
        grace_days=licence.grace_days,
        tokens=[labels.get(public_id, public_id) for public_id in licence.tokens],
        machine=row.installation,
    )


def last_day(end: datetime | None) -> date | None:
    """Give the last day before an end, at the vendor's: what ends at midnight counts through the day before."""
    return None if end is None else timezone.localtime(end - timedelta(seconds=1)).date()


def _named(names: dict[str, Texts], key: str, otherwise: str) -> str:
    return text_in(names[key], (get_language() or "en")[:2]) if key in names else otherwise or key


def token_rows(tokens: list[LicenceToken], here: str) -> list[TokenRow]:
    """Give the tokens as they stand now; ``here`` is the public id of the session's own."""
    now = clock.now()
    states = {token.pk: token_state(token, now) for token in tokens}
    return [
        TokenRow(
            token,
            str(token),
            TOKEN_LOOKS[states[token.pk]],
            states[token.pk] in {TokenState.LIVE, TokenState.ENDING},
            token.public_id == here,
        )
        for token in tokens
    ]


def ends_soon(row: OfflineLicence, now: datetime) -> bool:
    """Whether the file ends within a week."""
    return now < row.expires_at <= now + SOON
