"""The server's signed answer, read. Nothing but the signed payload is used of what the server sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from torhaus_sdk.answers import ANSWER_TYPE, Access, Code, Enforcement
from torhaus_sdk.claims import Claims
from torhaus_sdk.errors import AnswerRefused
from torhaus_sdk.jws import verify
from torhaus_sdk.licence import AfterGrace
from torhaus_sdk.refusals import Malformed, Refused, UnknownKey
from torhaus_sdk.status import Added, Quota
from torhaus_sdk.trust import Keys

EARLIEST = 1_704_067_200  # 2024-01-01: no answer is older than the format


@dataclass(frozen=True)
class Item:
    """Something licensed, with its own end if it has one."""

    key: str
    kind: str
    quantity: int
    ends_at: datetime | None


@dataclass(frozen=True)
class Answer:
    """A verified answer: what may be used, why, and until when the answer itself counts (``expires_at``)."""

    licence: str
    audience: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    valid: bool
    code: str
    access: Access
    enforcement: Enforcement
    message: str
    nonce: str
    next_check_at: datetime | None
    findings: tuple[Added, ...]
    about: Mapping[str, str]
    starts_at: datetime | None
    ends_at: datetime | None
    maintained_until: datetime | None
    grace_until: datetime | None
    fallback_until: datetime | None
    after_grace: AfterGrace | None  # None: a server that does not say it
    meters: Mapping[str, Quota]
    seats: Mapping[str, Quota]
    places: Mapping[str, Quota]
    features: tuple[str, ...]
    items: tuple[Item, ...]
    installation: str
    installation_name: str
    lease_until: datetime | None
    trial_ends_at: datetime | None
    offer_url: str = ""
    model: str = ""
    signed: str = field(default="", repr=False)

    def features_at(self, now: datetime) -> tuple[str, ...]:
        """Give the features whose own end has not come."""
        over = {one.key for one in self.items if one.ends_at is not None and now >= one.ends_at}
        still = {one.key for one in self.items if one.ends_at is None or now < one.ends_at}
        return tuple(key for key in self.features if key not in over or key in still)


def verified_answer(text: str, *, keys: Keys, product: str) -> Answer:
    """Give the content of an answer one of ``keys`` signed for ``product``.

    Raises:
        AnswerRefused: unsigned, signed by an unknown key, for another product, or with times that cannot be.
    """
    try:
        answer = replace(_read(verify(text, keys=keys, typ=ANSWER_TYPE)), signed=text)
    except UnknownKey:
        raise AnswerRefused("answer_unknown_key") from None
    except Refused:
        raise AnswerRefused("answer_unsigned") from None
    if product not in answer.audience:
        raise AnswerRefused("answer_of_other_product")
    if answer.expires_at < answer.issued_at or answer.issued_at.timestamp() < EARLIEST:
        raise AnswerRefused("answer_times")
    return answer


def _read(claims: Mapping[str, Any]) -> Answer:
    return Answer(**_decision(claims), **_term(claims), **_granted(claims), **_place(claims))


def _decision(claims: Mapping[str, Any]) -> dict[str, Any]:
    its = Claims(claims)
    audience, valid = claims.get("aud"), claims.get("valid")
    if not isinstance(valid, bool):
        raise Malformed("Its claim valid is not true or false.")
    return {
        "licence": its.text("sub"),
        "audience": (audience,) if isinstance(audience, str) else its.texts("aud"),
        "issued_at": its.moment("iat"),
        "expires_at": its.moment("exp"),
        "valid": valid,
        "code": its.text("code"),
        "access": _access(its.text("access")),
        "enforcement": _enforcement(its.text("enforcement")),
        "message": _text(claims, "message"),
        "nonce": _text(claims, "nonce"),
        "next_check_at": instant(claims.get("next_check_at")),
        "findings": tuple(_finding(one) for one in _objects(claims, "findings")),
    }


def _term(claims: Mapping[str, Any]) -> dict[str, Any]:
    licence, trial = _object(claims, "licence"), _object(claims, "trial")
    return {
        "about": {name: _text(licence, name) for name in ("contract", "customer", "kind", "edition", "environment")},
        "starts_at": instant(licence.get("starts_at")),
        "ends_at": instant(licence.get("ends_at")),
        "maintained_until": instant(licence.get("maintained_until")),
        "grace_until": instant(licence.get("grace_until")),
        "fallback_until": instant(licence.get("fallback_until")),
        "after_grace": _after_grace(_text(licence, "after_grace")),
        "trial_ends_at": instant(trial.get("ends_at")),
        "offer_url": _text(trial, "offer_url"),
    }


def _granted(claims: Mapping[str, Any]) -> dict[str, Any]:
    limits = _object(claims, "limits")
    return {
        "meters": {name: _quota(one) for name, one in _object(limits, "meters").items() if isinstance(one, dict)},
        "seats": {name: Quota(_count(one)) for name, one in _object(limits, "seats").items()},
        "places": {
            name: _quota(limits[name]) for name in ("installations", "leases") if isinstance(limits.get(name), dict)
        },
        "features": _texts(claims.get("features")),
        "items": tuple(_item(one) for one in _objects(claims, "items")),
        "model": _text(_object(limits, "installations"), "model"),
    }


def _place(claims: Mapping[str, Any]) -> dict[str, Any]:
    installation = _object(claims, "installation")
    return {
        "installation": _text(installation, "ref"),
        "installation_name": _text(installation, "name"),
        "lease_until": instant(installation.get("lease_until")),
    }


def instant(value: object) -> datetime | None:
    """Give a moment written as RFC 3339 says, in UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if moment is None or moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _access(word: str) -> Access:
    return Access(word) if word in list(Access) else Access.NONE


def _after_grace(word: str) -> AfterGrace | None:
    return AfterGrace(word) if word in list(AfterGrace) else None


def _enforcement(word: str) -> Enforcement:
    return Enforcement(word) if word in list(Enforcement) else Enforcement.BLOCK


def _object(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _objects(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = values.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name)
    return found if isinstance(found, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _quota(values: Mapping[str, Any]) -> Quota:
    return Quota(_count(values.get("max")), _count(values.get("used")))


def _finding(values: Mapping[str, Any]) -> Added:
    return Added(_text(values, "code") or Code.VALID.value, _text(values, "message"), _texts(values.get("subjects")))


def _item(values: Mapping[str, Any]) -> Item:
    return Item(
        _text(values, "key"), _text(values, "kind"), _count(values.get("quantity")) or 0, instant(values.get("ends_at"))
    )
