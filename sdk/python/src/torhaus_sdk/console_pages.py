"""What torhaus-licence prints: results of the client as lines for people."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from torhaus_sdk.console_texts import told, word
from torhaus_sdk.jwks import keys_from_jwks
from torhaus_sdk.licence import genuine_licence
from torhaus_sdk.messages import day, minute
from torhaus_sdk.status import AddOn, LicenceRow, Quota, Status, UsageResult


def status_page(status: Status, language: str) -> Iterator[str]:
    """Give the lines of ``torhaus-licence status``."""
    yield status.message
    if status.next_step:
        yield status.next_step
    yield ""
    yield from aligned(_facts(status, language))
    limits = {**status.places, **status.seats, **status.limits}
    if limits:
        yield ""
        yield f"{told('limits', language)}:"
        yield from aligned((f"  {word(name, language)}", quota(one, language)) for name, one in limits.items())
    for warned in status.warnings:
        yield f"{told('note', language)}{warned.message}"


def _facts(status: Status, language: str) -> Iterator[tuple[str, str]]:
    yield told("product", language), status.product
    yield told("server", language), status.server
    yield told("token", language), status.token or told("none", language)
    if status.contract:
        of = f", {told('customer', language)} {status.customer}" if status.customer else ""
        yield told("contract", language), f"{status.contract}{of}"
    if status.kind:
        edition = f", {status.edition}" if status.edition else ""
        yield told("licence", language), f"{word(status.kind, language)}{edition}"
        yield told("valid_until", language), until(status.ends_at, status.days_left, language)
    if status.maintained_until:
        yield told("maintained_until", language), day(status.maintained_until, language)
    if status.trial:
        offer = told("offer", language, url=status.trial.offer_url) if status.trial.offer_url else ""
        yield told("trial", language), " ".join(filter(None, (status.trial.message(language), offer)))
    yield told("last_check", language), _last_check(status, language)
    if status.good_until:
        contact = told("without_contact", language)
        yield told("good_until", language), f"{minute(status.good_until, language)} ({contact})"
    if status.next_check_at:
        yield told("next_check", language), minute(status.next_check_at, language)
    if status.installation:
        name = f" ({status.installation_name})" if status.installation_name else ""
        yield told("installation", language), f"{status.installation}{name}"
    if status.features:
        yield told("features", language), ", ".join(status.features)
    if status.usage_waiting:
        yield told("waiting", language), str(status.usage_waiting)


def _last_check(status: Status, language: str) -> str:
    last = status.last_check
    if last is None:
        return told("never", language)
    if not last.ok:
        return f"{minute(last.at, language)}: {last.message}"
    return f"{minute(last.at, language)}: {retrieved(last.licences, language)}"


def retrieved(count: int, language: str) -> str:
    """Give how many licences came with a check."""
    return told("retrieved_one", language) if count == 1 else told("retrieved", language, count=count)


def until(ends_at: datetime | None, days_left: int | None, language: str) -> str:
    """Give an end with the days left, or that there is none (B53)."""
    if ends_at is None:
        return told("unlimited", language)
    left = ""
    if days_left is not None:
        left = told("day_left", language) if days_left == 1 else told("days_left", language, days=days_left)
    return f"{day(ends_at, language)}{f' ({left})' if left else ''}"


def quota(one: Quota, language: str) -> str:
    """Give used and limit."""
    if one.max is None:
        return (
            told("no_limit", language)
            if one.used is None
            else told("used_unlimited", language, used=number(one.used, language))
        )
    if one.used is None:
        return told("max_only", language, max=number(one.max, language))
    return told("of", language, used=number(one.used, language), max=number(one.max, language))


def number(value: int, language: str) -> str:
    """Give a whole number as people of a language write it."""
    return f"{value:,}".replace(",", ".") if language == "de" else f"{value:,}"


def licence_table(rows: Sequence[LicenceRow], language: str) -> Iterator[str]:
    """Give the lines of ``torhaus-licence list``."""
    if not rows:
        yield told("no_licences", language)
        return
    names = ("id", "licence", "kind", "created", "valid_until", "environment", "from", "state")
    yield from columns([tuple(told(name, language) for name in names), *(_cells(row, language) for row in rows)])


def _cells(row: LicenceRow, language: str) -> tuple[str, ...]:
    return (
        row.id,
        row.name or row.product,
        word(row.kind, language),
        day(row.created_at, language) if row.created_at else "-",
        until(row.ends_at, row.days_left, language),
        word(row.environment, language) or "-",
        word(row.source.value, language),
        told("valid" if row.valid else "not_valid", language),
    )


def add_on_table(rows: Sequence[AddOn], language: str) -> Iterator[str]:
    """Give the lines of the add-ons below the licences; none where there are none."""
    if not rows:
        return
    names = ("add_on", "quantity", "starts_on", "valid_until", "state")
    yield ""
    yield from columns([tuple(told(name, language) for name in names), *(_add_on_cells(row, language) for row in rows)])


def _add_on_cells(row: AddOn, language: str) -> tuple[str, ...]:
    ends = told("with_contract", language) if row.ends_on is None else day(row.ends_on, language)
    starts = day(row.starts_on, language) if row.starts_on else "-"
    return row.name, number(row.quantity, language), starts, ends, word(row.state, language)


def usage_lines(result: UsageResult, language: str) -> Iterator[str]:
    """Give what became of readings, and how the meters stand now."""
    if result.sent:
        yield told("sent", language, count=result.sent)
    if result.message:
        yield result.message
    yield from aligned(
        (f"  {name}", f"{quota(one, language)}{_state(result.states.get(name, ''), language)}")
        for name, one in result.meters.items()
    )


def _state(state: str, language: str) -> str:
    return f" ({word(state, language)})" if state and state != "fine" else ""


def aligned(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Give a line for each name and value, the values below each other."""
    found = list(pairs)
    width = max((len(name) for name, _ in found), default=0)
    return (f"{name:<{width}}  {value}".rstrip() for name, value in found)


def columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Give the lines of a table."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def preview(text: str, keys: Path, language: str) -> Iterator[str]:
    """Give what an offline licence holds, before it is installed; nothing where it cannot be trusted."""
    try:
        licence = genuine_licence(text, keys=keys_from_jwks(keys.read_bytes()))
    except (OSError, ValueError):
        return
    yield from aligned(
        (
            (told("contract", language), f"{licence.subject}, {told('customer', language)} {licence.customer}"),
            (told("licence", language), ", ".join(f"{one.quantity} × {one.name}" for one in licence.items)),
            (told("valid_until", language), until(licence.licence_ends_at, None, language)),
        )
    )
