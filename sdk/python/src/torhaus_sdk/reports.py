"""Readings of usage: kept first, then sent, so that none is lost while the server is away and none counts twice."""

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from torhaus_sdk.contacts import failed
from torhaus_sdk.core import Core
from torhaus_sdk.errors import LicenceError, RequestRefused, ServerUnreachable
from torhaus_sdk.messages import sentence
from torhaus_sdk.questions import Steps
from torhaus_sdk.standing import public_id
from torhaus_sdk.state import State
from torhaus_sdk.status import Quota, UsageResult

MOST_WAITING = 5_000
BATCH = 500
OLDEST = 31 * 86_400
Reading = dict[str, Any]
_DROPPED = {"unknown_meter", "reading_conflict", "reading_too_old", "reading_in_future", "kind_mismatch"}
_DROPPED |= {"reading_too_large", "invalid_body", "body_too_large"}


def keep_readings(core: Core, meter: str | Mapping[str, int], quantity: int, kind: str, reading_id: str) -> None:
    """Keep readings of now.

    Raises:
        ValueError: a name, kind or quantity that cannot be, or one id for several readings.
    """
    quantities = {meter: quantity} if isinstance(meter, str) else dict(meter)
    if reading_id and len(quantities) != 1:
        raise ValueError("a reading's id belongs to one reading")
    readings = [_reading(core, name, how_much, kind, reading_id) for name, how_much in quantities.items()]

    def edit(state: State) -> None:
        known = {one.get("id") for one in state["usage"] if isinstance(one, dict)}
        state["usage"] += [one for one in readings if one["id"] not in known]
        surplus = len(state["usage"]) - MOST_WAITING
        if surplus > 0:
            del state["usage"][:surplus]
            state["usage_dropped"] += surplus

    core.kept.change(edit)


def _reading(core: Core, meter: str, quantity: int, kind: str, reading_id: str) -> Reading:
    if not 1 <= len(meter) <= 60 or len(reading_id) > 64:
        raise ValueError("meter has 1 to 60 characters, a reading's id at most 64")
    if type(quantity) is not int or not 0 <= quantity < 2**53:
        raise ValueError("quantity must be a whole number from 0")
    if kind not in {"", "gauge", "counter"}:
        raise ValueError('kind must be "gauge", "counter" or empty')
    reading: Reading = {"id": reading_id or uuid.uuid4().hex, "meter": meter, "quantity": quantity}
    reading |= {"kind": kind} if kind else {}
    return reading | {"at": f"{core.now():%Y-%m-%dT%H:%M:%SZ}", "token": public_id(core.kept.read())}


def send_readings(core: Core) -> Steps[UsageResult]:
    """Send what waits, with the ids it was kept with. An unreachable server is no error: it goes on waiting."""
    _give_up_old(core)
    end = time.monotonic() + 2 * core.settings.way.timeout
    sent, refused, said, message = 0, list[str](), dict[str, Any](), ""
    readings = _waiting(core, core.kept.read())
    waiting = [readings[at : at + BATCH] for at in range(0, len(readings), BATCH)]
    while waiting and time.monotonic() < end:
        batch = waiting.pop(0)
        try:
            said |= yield from _sent(core, batch)
        except RequestRefused as error:
            if error.code not in _DROPPED:
                message = error.message(core.language)
                break
            if len(batch) > 1:  # all or nothing: find the one it is about
                waiting[:0] = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
                continue
            refused += [str(batch[0].get("id"))]
            message = error.message(core.language)
            _forget(core, batch, dropped=1)
        except LicenceError as error:
            message = error.message(core.language)
            if isinstance(error, ServerUnreachable):
                failed(core, error)
            break
        else:
            sent += len(batch)
            _forget(core, batch)
    meters = {name: one for name, one in said.items() if isinstance(one, dict)}
    left = len(_waiting(core, core.kept.read()))
    return UsageResult(
        sent=sent,
        waiting=left,
        refused=tuple(refused),
        meters={name: Quota(_count(one.get("max")), _count(one.get("used"))) for name, one in meters.items()},
        states={name: str(one.get("state", "")) for name, one in meters.items()},
        message=message or (sentence("usage_waits", core.language, count=left) if left else ""),
    )


def _sent(core: Core, batch: Sequence[Reading]) -> Steps[Mapping[str, Any]]:
    readings = [{name: value for name, value in one.items() if name != "token"} for one in batch]
    body: dict[str, Any] = {"readings": readings}
    installation = core.kept.read()["installation"]
    if installation:
        body["installation"] = installation
    said = yield from core.questions.post("usage", body)
    meters = said.get("meters")
    return meters if isinstance(meters, dict) else {}


def _waiting(core: Core, state: State) -> list[Reading]:
    """Give the readings that can still be sent: of the saved token, and not older than the server takes them."""
    ours = public_id(state)
    earliest = datetime.fromtimestamp(core.now().timestamp() - OLDEST + 3600, UTC)
    oldest = f"{earliest:%Y-%m-%dT%H:%M:%SZ}"
    return [one for one in state["usage"] if isinstance(one, dict) and one.get("token") == ours and _at(one) >= oldest]


def _at(reading: Reading) -> str:
    return str(reading.get("at", ""))


def _forget(core: Core, batch: Sequence[Reading], *, dropped: int = 0) -> None:
    ids = {one.get("id") for one in batch}

    def edit(state: State) -> None:
        before = len(state["usage"])
        state["usage"] = [one for one in state["usage"] if isinstance(one, dict) and one.get("id") not in ids]
        state["usage_dropped"] += dropped if len(state["usage"]) < before else 0

    core.kept.change(edit)


def _give_up_old(core: Core) -> None:
    """Give up what is too old to be sent, or was measured under a token that is no longer saved."""
    state = core.kept.read()  # once: what others add meanwhile is not old
    kept = {one.get("id") for one in _waiting(core, state)}
    old = [one for one in state["usage"] if isinstance(one, dict) and one.get("id") not in kept]
    if old:
        _forget(core, old, dropped=len(old))


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None
