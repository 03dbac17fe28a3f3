"""``torhaus verify``: what a licence file contains, in words, and whether it is valid, or precisely why not."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from torhaus.console.words import fail, say, say_json
from torhaus.core import clock
from torhaus.vendor.keys import trusted_keys
from torhaus_sdk.armour import LONGEST
from torhaus_sdk.jwks import InvalidKeySet, keys_from_jwks
from torhaus_sdk.licence import Licence, State, genuine_licence, verify_licence
from torhaus_sdk.refusals import Refused
from torhaus_sdk.tokens import MalformedToken, parse_token


def verify_command(
    file: Annotated[str, typer.Argument(help="The licence file; - reads standard input.")],
    keys: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Trust these public keys (JWKS), not this portal's."),
    ] = None,
    audience: Annotated[str, typer.Option(help="Key of the product that it must be for.")] = "",
    token: Annotated[str, typer.Option(help="Public id of the licence token that it must belong to.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Say what a licence file contains and whether it is valid, or precisely why not.

    Ends with code 0 if the file is genuine, current, and its licence has not ended (grace counts); with 1 if
    not; with 2 for wrong usage. With --keys no database is needed. Without --audience any product will do.
    """
    text, now = _read(file), clock.now()
    trusted = _keys(keys)
    licence: Licence | None = None
    refusal: Refused | None = None
    try:
        licence = genuine_licence(text, keys=trusted)
        verify_licence(
            text, keys=trusted, audience=audience or None, now=now, token_public_id=_public_id(token) or None
        )
    except Refused as error:
        refusal = error
    if as_json:
        say_json(_facts(licence, refusal, now))
    else:
        if licence is not None:
            _tell(licence, now)
        say(_verdict(licence, refusal, now))
    if refusal is not None or licence is None or licence.state(now).state == State.ENDED:
        raise typer.Exit(1)


def _read(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(LONGEST + 1)
        with Path(file).open("rb") as source:
            return source.read(LONGEST + 1)  # more than that is refused, not read
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}", param_hint="FILE") from error


def _keys(path: Path | None) -> dict[str, Ed25519PublicKey]:
    if path is None:
        return trusted_keys()
    try:
        found = keys_from_jwks(path.read_bytes())
    except (OSError, InvalidKeySet) as error:
        fail(f"{path}: {error}")
    return found or fail(f"{path} holds no Ed25519 key for signatures")


def _public_id(token: str) -> str:
    """Take a public id out of what people have at hand: it alone, with its prefix, or the whole token."""
    try:
        return parse_token(token).public_id
    except MalformedToken:
        return token.rpartition("_")[2]


def _facts(licence: Licence | None, refusal: Refused | None, now: datetime) -> dict[str, Any]:
    ended = licence is not None and licence.state(now).state == State.ENDED
    code = refusal.code if refusal else "ended" if ended else "valid"
    facts: dict[str, Any] = {"valid": code == "valid", "code": code, "said": _verdict(licence, refusal, now)}
    if licence is not None:
        standing = licence.state(now)
        facts["state"] = standing.state.value
        facts["state_until"] = standing.until.isoformat() if standing.until else None
        facts["maintained"] = standing.maintained
        facts["claims"] = licence.claims()
    return facts


def _tell(licence: Licence, now: datetime) -> None:
    ends, maintained = licence.licence_ends_at, licence.maintained_until
    rows = [
        ("licence", f"{licence.subject}, file {licence.sequence} ({licence.id}), issued by {licence.issuer}"),
        ("customer", licence.customer),
        ("for", ", ".join(licence.audience)),
        ("environment", licence.environment.value),
        ("edition", licence.edition),
    ]
    rows += [("contains", _item_words(licence, at)) for at in range(len(licence.items))]
    rows += [
        ("allowance", f"{name}: {'unlimited' if value is None else value}")
        for name, value in licence.allowances.items()
    ]
    rows += [
        ("seats", f"{kind}: {'unlimited' if seats.max is None else seats.max}, {seats.model}")
        for kind, seats in licence.seats.items()
    ]
    rows += [
        ("licence ends", _shown(ends) if ends else "never"),
        ("grace", f"{licence.grace_days} days"),
        ("maintenance", f"until {_shown(maintained)}" if maintained else "as long as the licence"),
        ("file valid", f"{_shown(licence.not_before)} to {_shown(licence.expires_at)}"),
        ("machines", f"bound to {len(licence.bindings)}" if licence.bindings else "any"),
        ("tokens", ", ".join(licence.tokens) or "none"),
    ]
    for name, value in rows:
        if value:
            say(f"{name + ':':14} {_printable(value)}")
    if not licence.state(now).maintained:
        say("note:          maintenance has ended; versions published since are not licensed")


def _item_words(licence: Licence, at: int) -> str:
    item = licence.items[at]
    until = f", until {_shown(item.until)}" if item.until else ""
    return f"{item.quantity} × {item.name or item.key} ({item.kind} {item.key}){until}"


def _verdict(licence: Licence | None, refusal: Refused | None, now: datetime) -> str:
    if refusal is not None or licence is None:
        return f"NOT VALID ({refusal.code if refusal else 'malformed'}): {_printable(str(refusal))}"
    standing = licence.state(now)
    if standing.state == State.ENDED:
        return f"NOT VALID (ended): the file is genuine, but the licence ended on {_shown(standing.until)}"
    if standing.state == State.GRACE:
        return f"VALID, in grace until {_shown(standing.until)}: the licence itself has ended"
    end = f"until {_shown(standing.until)}" if standing.until else "without end"
    return f"VALID {end}; this file until {_shown(licence.expires_at)}"


def _shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _printable(text: str) -> str:
    """Keep what a file says from moving the cursor or colouring the terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)
