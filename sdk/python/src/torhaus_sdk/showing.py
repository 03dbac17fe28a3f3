"""The status and the lists of licences as they are shown, from the state and nothing else."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from torhaus_sdk.answer_claims import instant
from torhaus_sdk.answers import Code
from torhaus_sdk.core import Core
from torhaus_sdk.licence import Licence
from torhaus_sdk.licence import State as TermState
from torhaus_sdk.messages import sentence
from torhaus_sdk.standing import Standing, days_between, genuine_files, kind_of, public_id, shown_items
from torhaus_sdk.state import State
from torhaus_sdk.status import AddOn, LastCheck, LicenceRow, Mode, Quota, Status, Trial
from torhaus_sdk.tokens import MalformedToken, parse_token


def status_of(core: Core) -> Status:
    """Give everything known without contact."""
    state, standing, now = core.kept.read(), core.standing(), core.now()
    known = standing.mode is not Mode.NONE
    ends = standing.ends_at
    away = away_sentence(core, state)
    return Status(
        product=core.settings.product.key,
        server=core.settings.way.server,
        mode=standing.mode,
        token=masked(state),
        valid=standing.valid,
        code=standing.code,
        access=standing.access,
        enforcement=standing.enforcement,
        message=core.told(standing, standing.code, dict(standing.values)),
        next_step=_next_step(core, state, standing),
        last_check=_last_check(core, state),
        licences=rows_of(core, state, now),
        add_ons=tuple(_add_on(one, state["listed_at"], now) for one in state["add_ons"] if isinstance(one, dict)),
        ends_at=ends,
        unlimited=known and ends is None,
        days_left=days_between(now, ends) if known else None,
        good_until=standing.until,
        trial=trial_of(standing, now),
        features=standing.features(now),
        installation=state["installation"],
        installation_name=state["installation_name"],
        server_away=away,
        usage_waiting=len(state["usage"]),
        warnings=core.warnings(),
        **_granted(standing),
    )


def _granted(standing: Standing) -> dict[str, Any]:
    answer, licence = standing.answer, standing.licence
    if answer is not None:
        about = {name: answer.about.get(name, "") for name in ("contract", "customer", "kind", "edition")}
        return {
            **about,
            "maintained_until": answer.maintained_until,
            "next_check_at": answer.next_check_at,
            "limits": answer.meters,
            "seats": answer.seats,
            "places": answer.places,
        }
    if licence is not None:
        return {
            "contract": licence.subject,
            "customer": licence.customer,
            "kind": kind_of(licence),
            "edition": licence.edition,
            "maintained_until": licence.maintained_until,
            "limits": {name: Quota(most) for name, most in licence.allowances.items()},
            "seats": {name: Quota(seats.max) for name, seats in licence.seats.items()},
        }
    return {}


def trial_of(standing: Standing, now: datetime) -> Trial | None:
    """Give the hints of a trial (B52)."""
    answer, licence = standing.answer, standing.licence
    ends, offer = None, ""
    if answer is not None and answer.about.get("kind") == "evaluation":
        ends, offer = answer.trial_ends_at or answer.ends_at, answer.offer_url
    elif licence is not None and kind_of(licence) == "evaluation":
        ends = licence.licence_ends_at
    return None if ends is None else Trial(ends, days_between(now, ends) or 0, offer)


def masked(state: State) -> str:
    """Give the saved token with its secret hidden; empty if there is none."""
    try:
        return parse_token(state["token"]).masked
    except MalformedToken:
        return ""


def rows_of(core: Core, state: State, now: datetime) -> tuple[LicenceRow, ...]:
    """Give the licences as they are listed: those retrieved from the server, then those of files."""
    keys, ours = core.trust.keys(state["keys"]), public_id(state)
    retrieved = [row for one in state["listed"] if isinstance(one, dict) and (row := _retrieved(one, now))]
    return (*retrieved, *(row_of_file(one, ours, now, core.settings.released_at) for one in genuine_files(state, keys)))


def _retrieved(said: Mapping[str, Any], now: datetime) -> LicenceRow | None:
    ref = said.get("ref")
    if not isinstance(ref, str) or not ref:
        return None
    texts = {name: value if isinstance(value := said.get(name), str) else "" for name in _TEXTS}
    ends = instant(said.get("ends_at"))
    over = ends is not None and now >= ends and texts["code"] == Code.VALID
    items = said.get("items")
    return LicenceRow(
        id=ref,
        product=texts["product"],
        name=texts["product_name"] or texts["product"],
        kind=texts["kind"],
        source=Mode.ONLINE,
        valid=said.get("valid") is True and not over,
        code=Code.EXPIRED.value if over else texts["code"],
        edition=texts["edition"],
        environment=texts["environment"],
        created_at=instant(said.get("created_at")),
        starts_at=instant(said.get("starts_at")),
        ends_at=ends,
        days_left=days_between(now, ends),
        items=tuple(_line(one) for one in items if isinstance(one, dict)) if isinstance(items, list) else (),
    )


_TEXTS = ("product", "product_name", "kind", "edition", "environment", "code")


def _line(item: Mapping[str, Any]) -> str:
    return f"{item.get('quantity', 1)} × {item.get('name') or item.get('key') or ''}"


def _add_on(said: Mapping[str, Any], listed_at: int, now: datetime) -> AddOn:
    """Give an add-on as it was listed, moved on to today: to a day that has begun in the whole world."""
    key, name, state, left = said.get("key"), said.get("name"), said.get("state"), said.get("days_left")
    quantity, starts, ends = said.get("quantity"), _day(said.get("starts_on")), _day(said.get("ends_on"))
    today = (now - timedelta(hours=12)).date()
    if state == "upcoming" and starts is not None and starts <= today:
        state = "active"
    if state in {"active", "upcoming"} and ends is not None and ends < today:
        state = "expired"
    passed = max(0, int(now.timestamp()) - listed_at) // 86_400
    return AddOn(
        key=key if isinstance(key, str) else "",
        name=name if isinstance(name, str) and name else str(key or ""),
        quantity=quantity if type(quantity) is int else 1,
        state=state if isinstance(state, str) else "",
        starts_on=starts,
        ends_on=ends,
        days_left=max(0, left - passed) if type(left) is int else None,
    )


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def row_of_file(licence: Licence, token: str, now: datetime, released_at: datetime | None) -> LicenceRow:
    """Give the row of an offline licence."""
    term = licence.state(now)
    code = Code.IN_GRACE.value if term.state is TermState.GRACE else Code.VALID.value
    if term.state is TermState.ENDED:
        code = (Code.FALLBACK if licence.falls_back(released_at) else Code.EXPIRED).value
    if now >= licence.expires_at and code != Code.EXPIRED:
        code = "file_expired"
    elif code != Code.EXPIRED and token not in licence.tokens:
        code = "file_wrong_token"
    return LicenceRow(
        id=licence.id,
        product=", ".join(licence.audience),
        name=licence.edition,
        kind=kind_of(licence),
        source=Mode.OFFLINE,
        valid=code in {Code.VALID, Code.IN_GRACE, Code.FALLBACK},
        code=code,
        edition=licence.edition,
        environment=licence.environment.value,
        created_at=licence.issued_at,
        starts_at=licence.not_before,
        ends_at=licence.licence_ends_at,
        days_left=days_between(now, licence.licence_ends_at),
        items=shown_items(licence.items),
    )


def _last_check(core: Core, state: State) -> LastCheck | None:
    said = state["checked"]
    at, code = said.get("at"), said.get("code")
    if type(at) is not int or not 0 <= at < 253402300800 or not isinstance(code, str):
        return None
    values = said.get("values")
    count = said.get("licences")
    text = sentence(
        code,
        core.language,
        said=str(said.get("said") or ""),
        **{str(name): value for name, value in values.items()} if isinstance(values, dict) else {},
    )
    return LastCheck(
        datetime.fromtimestamp(at, UTC), said.get("ok") is True, code, text, count if type(count) is int else 0
    )


def away_sentence(core: Core, state: State) -> str:
    """Give why the last contact failed; empty if it did not."""
    said = state["away"]
    code = said.get("code")
    if not isinstance(code, str):
        return ""
    values = said.get("values")
    return sentence(code, core.language, **values if isinstance(values, dict) else {})


def _next_step(core: Core, state: State, standing: Standing) -> str:
    offline = bool(state["away"])
    if state["refused"] and standing.mode is Mode.ONLINE and standing.until is not None:
        return sentence("token_refused", core.language, until=standing.until)
    if standing.mode is Mode.NONE and offline:
        return sentence("offline_needs_both", core.language)
    if offline and standing.mode is Mode.ONLINE and standing.until is not None:
        return sentence("grace_runs", core.language, until=standing.until)
    if state["usage"]:
        return sentence("usage_waits", core.language, count=len(state["usage"]))
    return ""
