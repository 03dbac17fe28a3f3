"""The licence statement: what a customer may use, signed by the vendor, checked without a network.

``exp`` is the end of the FILE, after which a newer one has to be fetched; ``lic_exp`` is the end of the
LICENCE, None for a perpetual one. A file is verified by :func:`verify_licence`; how the licence stands
at a moment says :meth:`Licence.state`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from torhaus_sdk.answers import Enforcement
from torhaus_sdk.armour import LONGEST, armour, dearmour
from torhaus_sdk.claims import Claims
from torhaus_sdk.jws import sign, verify
from torhaus_sdk.refusals import (
    Expired,
    NotYetValid,
    UnsupportedVersion,
    WrongAudience,
    WrongMachine,
    WrongToken,
)

__all__ = [
    "LICENCE_TYPE",
    "VERSION",
    "AfterGrace",
    "Enforcement",
    "Environment",
    "Item",
    "Licence",
    "Matching",
    "Seats",
    "Standing",
    "State",
    "armour",
    "dearmour",
    "fingerprint_hash",
    "genuine_licence",
    "sign_licence",
    "verify_licence",
]

LICENCE_TYPE = "license+jwt"
VERSION = "1.0"
LEEWAY = timedelta(seconds=60)
Word = TypeVar("Word", bound=StrEnum)
_VERSION_1 = re.compile(r"1\.[0-9]{1,4}")


class Environment(StrEnum):
    """What the licence may be used for."""

    PRODUCTION = "production"
    EVALUATION = "evaluation"


class AfterGrace(StrEnum):
    """What a product may still do when licence and grace are over."""

    READ_ONLY = "read_only"
    STOP = "stop"


class Matching(StrEnum):
    """How many marks of a machine's parts have to fit."""

    ANY = "any"
    MOST = "most"
    ALL = "all"


class State(StrEnum):
    """How a licence stands at a moment."""

    VALID = "valid"
    GRACE = "grace"
    ENDED = "ended"


@dataclass(frozen=True)
class Item:
    """Something licensed: a plan, an add-on, a support package. ``until`` is its own end, None the licence's."""

    key: str
    kind: str
    name: str
    quantity: int
    until: datetime | None = None


@dataclass(frozen=True)
class Seats:
    """How many seats of a kind: ``model`` is "named" or "concurrent", ``max`` None is unlimited."""

    model: str
    max: int | None


@dataclass(frozen=True)
class Standing:
    """How a licence stands at a moment, until when it stays so (None: for ever), and its maintenance."""

    state: State
    until: datetime | None
    maintained: bool
    maintained_until: datetime | None


@dataclass(frozen=True)
class Licence:
    """The content of a licence file. Times are aware and in UTC; each name is followed by its claim.

    ``maintained_until`` None is: as long as the licence. Of ``allowances`` None is unlimited.
    ``tokens`` are the public ids of the contract's licence tokens. Files of before carry neither ``enforcement``
    nor ``after_grace``, and a later one may name what is not known here: both read as the default. ``marks`` let a
    machine be known of which a part was exchanged; where ``bindings`` are empty they mean nothing.
    """

    issuer: str  # iss
    subject: str  # sub, the contract's number
    audience: tuple[str, ...]  # aud, keys of products
    id: str  # jti
    issued_at: datetime  # iat
    not_before: datetime  # nbf
    expires_at: datetime  # exp, of the file
    licence_ends_at: datetime | None  # lic_exp, None: perpetual
    maintained_until: datetime | None  # maint_until
    edition: str  # edition
    items: tuple[Item, ...]  # entitlements.items
    allowances: Mapping[str, int | None]  # entitlements.allowances
    seats: Mapping[str, Seats]  # seats
    bindings: tuple[str, ...]  # bind, see fingerprint_hash
    customer: str  # org, the customer's number
    grace_days: int  # grace_days
    sequence: int  # seq, grows with each file of the contract
    environment: Environment  # env
    tokens: tuple[str, ...]  # tok
    version: str = VERSION  # ver
    enforcement: Enforcement = Enforcement.BLOCK  # enforcement, how strictly the vendor wants an end to be treated
    after_grace: AfterGrace = AfterGrace.READ_ONLY  # after_grace
    marks: tuple[str, ...] = ()  # machine.marks, of the parts of the one machine it is bound to
    matching: Matching = Matching.ALL  # machine.matching, how many of them have to fit
    fallback: bool = False  # fallback, versions published before lic_exp go on after it

    def claims(self) -> dict[str, Any]:
        """Give the claims as they are signed; what may be left out and says nothing is."""
        said = self._claims()
        if self.marks:
            said["machine"] = {"marks": list(self.marks), "matching": self.matching.value}
        if self.fallback:
            said["fallback"] = True
        return said

    def _claims(self) -> dict[str, Any]:
        return {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": list(self.audience),
            "jti": self.id,
            "iat": _seconds(self.issued_at),
            "nbf": _seconds(self.not_before),
            "exp": _seconds(self.expires_at),
            "lic_exp": _seconds_or_none(self.licence_ends_at),
            "maint_until": _seconds_or_none(self.maintained_until),
            "edition": self.edition,
            "entitlements": {
                "items": [
                    {
                        "key": item.key,
                        "kind": item.kind,
                        "name": item.name,
                        "quantity": item.quantity,
                        "until": _seconds_or_none(item.until),
                    }
                    for item in self.items
                ],
                "allowances": dict(self.allowances),
            },
            "seats": {kind: {"model": seats.model, "max": seats.max} for kind, seats in self.seats.items()},
            "bind": list(self.bindings),
            "org": self.customer,
            "grace_days": self.grace_days,
            "seq": self.sequence,
            "ver": self.version,
            "env": self.environment.value,
            "tok": list(self.tokens),
            "enforcement": self.enforcement.value,
            "after_grace": self.after_grace.value,
        }

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> "Licence":
        """Read claims: each must be there and of its type. Claims that are not known are left alone.

        Raises:
            UnsupportedVersion: ``ver`` is not 1.something.
            Malformed: a claim is missing or of another type.
        """
        its = Claims(claims)
        version = its.text("ver")
        if not _VERSION_1.fullmatch(version):
            raise UnsupportedVersion(
                f"It is written in version {version!r} of the format, and this software reads version 1. Update it."
            )
        rights = its.inner("entitlements")
        return cls(
            issuer=its.text("iss"),
            subject=its.text("sub"),
            audience=its.texts("aud"),
            id=its.text("jti"),
            issued_at=its.moment("iat"),
            not_before=its.moment("nbf"),
            expires_at=its.moment("exp"),
            licence_ends_at=its.moment_or_none("lic_exp"),
            maintained_until=its.moment_or_none("maint_until"),
            edition=its.text("edition"),
            items=tuple(_item(entry) for entry in rights.inners("items")),
            allowances={name: rights.inner("allowances").number_or_none(name) for name in rights.inner("allowances")},
            seats={kind: _seats(its.inner("seats").inner(kind)) for kind in its.inner("seats")},
            bindings=its.texts("bind"),
            customer=its.text("org"),
            grace_days=its.number("grace_days"),
            sequence=its.number("seq"),
            environment=Environment(its.one_of("env", [environment.value for environment in Environment])),
            tokens=its.texts("tok"),
            version=version,
            enforcement=_known(claims.get("enforcement"), Enforcement.BLOCK),
            after_grace=_known(claims.get("after_grace"), AfterGrace.READ_ONLY),
            **_marked(claims.get("machine")),
            fallback=claims.get("fallback") is True,
        )

    def state(self, now: datetime) -> Standing:
        """Give how the licence stands at ``now`` (aware), whatever the file's own end."""
        maintained = self.maintained_until is None or now < self.maintained_until
        ends = self.licence_ends_at
        if ends is None or now < ends:
            return Standing(State.VALID, ends, maintained, self.maintained_until)
        try:
            grace_ends = ends + timedelta(days=self.grace_days)
        except OverflowError:  # beyond the year 9999
            grace_ends = datetime.max.replace(tzinfo=UTC)
        state, until = (State.GRACE, grace_ends) if now < grace_ends else (State.ENDED, ends)
        return Standing(state, until, maintained, self.maintained_until)

    def falls_back(self, released_at: datetime | None) -> bool:
        """Whether a version of this day goes on after the licence's end: it was published while it was paid for."""
        ends = self.licence_ends_at
        return self.fallback and ends is not None and released_at is not None and released_at < ends

    def runs_on(self, fingerprint: str, marks: Collection[str] = ()) -> bool:
        """Whether it may be used on the machine with this fingerprint: bound to none, or to this one too.

        ``marks`` are those of the machine's parts (``torhaus_sdk.machine.marks_of``).
        """
        if not self.bindings or fingerprint_hash(fingerprint) in self.bindings:
            return True
        fitting = len(set(self.marks).intersection(marks))
        if self.matching is Matching.ANY:
            return fitting > 0
        if self.matching is Matching.MOST:
            return fitting * 2 > len(self.marks)
        return 0 < fitting == len(self.marks)


def fingerprint_hash(fingerprint: str) -> str:
    """Give what ``bind`` holds of a machine's fingerprint: its SHA-256, in hexadecimal."""
    return sha256(fingerprint.encode("utf-8")).hexdigest()


def sign_licence(licence: Licence, *, key: Ed25519PrivateKey, kid: str) -> str:
    """Give the licence as a compact JWS; :func:`armour` makes a file of it.

    Raises:
        ValueError: it could not be read again, is too long, or its file would end before it begins.
    """
    claims = licence.claims()
    Licence.from_claims(claims)
    if not licence.issued_at <= licence.expires_at > licence.not_before:
        raise ValueError("the file must end after it was issued and after it begins")
    statement = sign(claims, key=key, kid=kid, typ=LICENCE_TYPE)
    if len(armour(statement)) > LONGEST:
        raise ValueError(f"the licence would be longer than the {LONGEST} characters that are read")
    return statement


def genuine_licence(text: str | bytes, *, keys: Mapping[str, Ed25519PublicKey]) -> Licence:
    """Give the content of a licence file one of ``keys`` signed, current or not: to show it, not to rely on it.

    Raises:
        InvalidStatement, UnsupportedVersion: it is not genuine, or cannot be read.
    """
    return Licence.from_claims(verify(dearmour(text), keys=keys, typ=LICENCE_TYPE))


def verify_licence(
    text: str | bytes,
    *,
    keys: Mapping[str, Ed25519PublicKey],
    audience: str | None,
    now: datetime,
    token_public_id: str | None = None,
    fingerprint: str | None = None,
    marks: Collection[str] = (),
    leeway: timedelta = LEEWAY,
) -> Licence:
    """Give the content of a licence file if it is genuine, for this product, and current.

    Args:
        text: the file, from BEGIN to END.
        keys: the vendor's public keys by kid, shipped with the product (see ``keys_from_jwks``).
        audience: the key of this product. None asks for no product: for tools that show licences only.
        now: the current time, aware.
        token_public_id: the public id of the licence token that is set, if one is (``parse_token(…).public_id``).
        fingerprint: this machine's, if licences are bound to machines.
        marks: those of this machine's parts.
        leeway: by how much the clocks of issuer and product may differ.

    Raises:
        Refused: a subclass for each reason; see ``torhaus_sdk.refusals``.
    """
    licence = genuine_licence(text, keys=keys)
    if audience is not None and audience not in licence.audience:
        raise WrongAudience(f"It is for {', '.join(licence.audience) or 'no product'}, not for {audience}.")
    _refuse_unless_current(licence, now, leeway)
    if token_public_id is not None and token_public_id not in licence.tokens:
        raise WrongToken(
            f"It does not belong to the licence token {token_public_id}. "
            "Install the licence and the token of one and the same contract."
        )
    if fingerprint is not None and not licence.runs_on(fingerprint, marks):
        raise WrongMachine("It is bound to another machine than this one.")
    return licence


def _refuse_unless_current(licence: Licence, now: datetime, leeway: timedelta) -> None:
    if now + leeway < licence.not_before:
        raise NotYetValid(f"It is valid from {_shown(licence.not_before)}. Is the clock of this machine right?")
    if now - leeway >= licence.expires_at:
        raise Expired(f"This file was valid until {_shown(licence.expires_at)}. Fetch a new one from the portal.")


def _marked(said: Any) -> dict[str, Any]:
    """Read the claim ``machine``, which may be left out: anything but marks and a known word says nothing."""
    marks = said.get("marks") if isinstance(said, Mapping) else None
    if not isinstance(marks, list) or not all(isinstance(one, str) for one in marks):
        return {}
    return {"marks": tuple(marks), "matching": _known(said.get("matching"), Matching.ALL)}


def _known(said: Any, usual: Word) -> Word:
    """Give the word of a claim that may be left out; what is no known word reads as the usual one."""
    return next((word for word in type(usual) if word.value == said), usual)


def _item(entry: Claims) -> Item:
    return Item(
        entry.text("key"),
        entry.text("kind"),
        entry.text("name"),
        entry.number("quantity"),
        entry.moment_or_none("until"),
    )


def _seats(entry: Claims) -> Seats:
    return Seats(entry.text("model"), entry.number_or_none("max"))


def _seconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("the times of a licence must be aware")
    return int(moment.timestamp())


def _seconds_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else _seconds(moment)


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
