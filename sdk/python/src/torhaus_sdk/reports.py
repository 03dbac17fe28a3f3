"""Readings of usage: kept first, then sent, so that none is lost while the server is away and none counts twice."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from torhaus_sdk import contacts
from torhaus_sdk.answers import Code
from torhaus_sdk.contacts import failed
from torhaus_sdk.core import Core
from torhaus_sdk.errors import LicenceError, TokenMissing
from torhaus_sdk.messages import sentence
from torhaus_sdk.questions import Steps
from torhaus_sdk.showing import away_sentence, status_of
from torhaus_sdk.standing import public_id
from torhaus_sdk.state import State
from torhaus_sdk.status import CheckResult, Deactivated, Quota, UsageResult

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
    state = core.kept.read()
    made = {"at": f"{core.now():%Y-%m-%dT%H:%M:%SZ}", "token": public_id(state), "source": state["installation"]}
    readings = [_reading(name, how_much, kind, reading_id) | made for name, how_much in quantities.items()]

    def edit(state: State) -> None:
        known = {one.get("id") for one in state["usage"] if isinstance(one, dict)}
        state["usage"] += [one for one in readings if one["id"] not in known]
        surplus = len(state["usage"]) - MOST_WAITING
        if surplus > 0:
            del state["usage"][:surplus]
            state["usage_dropped"] += surplus

    core.kept.change(edit)


def _reading(meter: str, quantity: int, kind: str, reading_id: str) -> Reading:
    if not 1 <= len(meter) <= 60 or len(reading_id) > 64:
        raise ValueError("meter has 1 to 60 characters, a reading's id at most 64")
    if type(quantity) is not int or not 0 <= quantity < 2**53:
        raise ValueError("quantity must be a whole number from 0")
    if kind not in {"", "gauge", "counter"}:
        raise ValueError('kind must be "gauge", "counter" or empty')
    reading: Reading = {"id": reading_id or uuid.uuid4().hex, "meter": meter, "quantity": quantity}
    return reading | ({"kind": kind} if kind else {})


def report(core: Core) -> Steps[UsageResult]:
    """Send what waits, unless the server is known to be away: then who reports waits for nothing, and the readings do."""
    if contacts.may_try(core):
        return (yield from send_readings(core))
    state = core.kept.read()
    left = len(_waiting(core, state))
    waits = sentence("usage_waits", core.language, count=left)
    return UsageResult(sent=0, waiting=left, message=f"{away_sentence(core, state)} {waits}")


def and_send(core: Core, asking: Steps[CheckResult]) -> Steps[CheckResult]:
    """Ask how the licence stands and, once that worked, send the readings that wait."""
    result = yield from asking
    if not core.kept.read()["usage"]:
        return result
    yield from send_readings(core)
    status = status_of(core)
    return replace(result, status=status, next_step=result.next_step if result.valid else status.next_step)


def send_readings(core: Core) -> Steps[UsageResult]:
    """Send what waits, with the ids it was kept with. An unreachable server is no error: it goes on waiting."""
    _give_up_old(core)
    end = time.monotonic() + 2 * core.settings.way.timeout
    sent, refused, said, message = 0, list[str](), dict[str, Any](), ""
    waiting = _batches(core)
    while waiting and time.monotonic() < end:
        batch = waiting.pop(0)
        try:
            said |= yield from _sent(core, batch)
        except LicenceError as error:
            if error.code in _DROPPED and len(batch) > 1:  # all or nothing: find the one it is about
                waiting[:0] = [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
                continue
            message = error.message(core.language)
            if not isinstance(error, TokenMissing):
                failed(core, error)
            if error.code not in _DROPPED and not _of_a_place_that_is_gone(core, batch, error):
                break
            refused += [str(one.get("id")) for one in batch]
            _forget(core, batch, dropped=len(batch))
        else:
            sent += len(batch)
            _forget(core, batch)
            contacts.reached(core)
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
    readings = [{name: value for name, value in one.items() if name not in {"token", "source"}} for one in batch]
    body: dict[str, Any] = {"readings": readings}
    if source := _source(core.kept.read(), batch[0]):
        body["installation"] = source
    said = yield from core.questions.post("usage", body)
    meters = said.get("meters")
    return meters if isinstance(meters, dict) else {}


def _batches(core: Core) -> list[list[Reading]]:
    """Give what can be sent in parts, each of one source: sent again from another, a reading would count again."""
    state = core.kept.read()
    sources: dict[str, list[Reading]] = {}
    for one in _waiting(core, state):
        sources.setdefault(_source(state, one), []).append(one)
    return [same[at : at + BATCH] for same in sources.values() for at in range(0, len(same), BATCH)]


def _source(state: State, reading: Reading) -> str:
    """Give the installation a reading was made by; it may be another one now."""
    source = reading.get("source", state["installation"])
    return source if isinstance(source, str) else ""


def _of_a_place_that_is_gone(core: Core, batch: Sequence[Reading], error: LicenceError) -> bool:
    """Say whether the readings are of an installation that was removed and is not ours any more: nobody takes them."""
    gone = error.code in {Code.INSTALLATION_REMOVED, Code.INSTALLATION_UNKNOWN}
    state = core.kept.read()
    return gone and _source(state, batch[0]) not in {"", state["installation"]}


def deactivate(core: Core, *, keep: bool) -> Steps[Deactivated]:
    """Give the place back; readings that wait are sent before, because later nobody takes them."""
    state = core.kept.read()
    if state["usage"] and state["installation"] and not keep:
        yield from send_readings(core)
    return (yield from contacts.deactivate(core, keep=keep))


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
