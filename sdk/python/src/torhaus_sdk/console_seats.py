"""``torhaus-licence seats``: an administrator of the product sees and changes who holds which seat."""

from collections.abc import Callable, Iterator

from torhaus_sdk.account import Account, Seat
from torhaus_sdk.console_call import Call
from torhaus_sdk.console_options import day_from
from torhaus_sdk.console_pages import aligned, columns, number
from torhaus_sdk.console_texts import told, word
from torhaus_sdk.messages import day, minute


def seats(call: Call) -> int:
    """Do what was said with seats."""
    return _DEEDS[call.said.deed](call)


def _account(call: Call) -> int:
    found = call.client.seats.account()
    return call.answer(found, _account_page(found, call.language))


def _list(call: Call) -> int:
    found = list(call.client.seats.all(call.said.kind, created_by=call.said.created_by))
    return call.answer({"seats": found}, _table(found, call.language))


def _assign(call: Call) -> int:
    said = call.said
    seat = call.client.seats.assign(
        said.kind,
        name=said.name,
        mail=said.mail,
        organisation=said.organisation,
        ends_on=day_from(said.ends_on, call.language) if said.ends_on else None,
        created_by=said.created_by,
    )
    return call.answer(seat, [told("seat_assigned", call.language, seat=seat.ref)])


def _reassign(call: Call) -> int:
    said = call.said
    seat = call.client.seats.reassign(said.seat, name=said.name, mail=said.mail, organisation=said.organisation)
    return call.answer(seat, [told("seat_reassigned", call.language, seat=seat.ref)])


def _extend(call: Call) -> int:
    last = day_from(call.said.ends_on, call.language) if call.said.ends_on else None
    seat = call.client.seats.extend(call.said.seat, last)
    if seat.ends_on is None:
        return call.answer(seat, [told("seat_stays", call.language, seat=seat.ref)])
    ends = day(seat.ends_on, call.language)
    return call.answer(seat, [told("seat_extended", call.language, seat=seat.ref, day=ends)])


def _release(call: Call) -> int:
    call.sure("ask_release", seat=call.said.seat)
    freed = call.client.seats.release(call.said.seat)
    lines = [told("seat_freed", call.language, seat=freed.ref)]
    return call.answer(freed, [*lines, told("seat_deletes", call.language)] if freed.deletes else lines)


def _account_page(found: Account, language: str) -> Iterator[str]:
    term = found.term
    ends = told("unlimited", language) if term.ends_on is None else day(term.ends_on, language)
    facts = [
        (told("contract", language), f"{found.contract}, {told('customer', language)} {found.customer}"),
        (told("package", language), ", ".join(one.name for one in found.plans) or "-"),
        (told("term", language), f"{day(term.starts_on, language)} - {ends}"),
    ]
    if term.cancel_by is not None:
        facts.append((told("cancel_by", language), day(term.cancel_by, language)))
    if found.education is not None:
        holds = f"{day(found.education.starts_on, language)} - {day(found.education.ends_on, language)}"
        facts.append((told("education", language), f"{found.education.name}, {holds}"))
    yield from aligned(facts)
    if found.seats:
        yield ""
        heads = [told(name, language) for name in ("kind", "booked", "used", "invited", "available", "over_by")]
        rows = [
            (f"{one.name} ({one.key})", *(number(n, language) for n in (one.booked, one.used, one.invited, one.available, one.over)))
            for one in found.seats
        ]  # fmt: skip
        yield from columns([tuple(heads), *rows])


def _table(found: list[Seat], language: str) -> Iterator[str]:
    if not found:
        yield told("no_seats", language)
        return
    heads = tuple(told(name, language) for name in _HEADS)
    yield from columns([heads, *(_cells(one, language) for one in found)])


def _cells(one: Seat, language: str) -> tuple[str, ...]:
    return (
        one.ref,
        one.kind,
        one.name or "-",
        one.mail or "-",
        word(one.state, language),
        minute(one.last_seen_at, language) if one.last_seen_at else told("never", language),
        day(one.ends_on, language) if one.ends_on else "-",
        number(one.owned_bytes, language),
        number(one.invited_bytes, language),
        told("yes" if one.second_factor else "no", language),
        told("yes" if one.may_create_guests else "no", language),
    )


_HEADS = (
    "seat", "kind", "holder", "mail", "state", "last_seen", "ends_on",
    "owned_bytes", "invited_bytes", "second_factor", "may_create_guests",
)  # fmt: skip
_DEEDS: dict[str, Callable[[Call], int]] = {
    "account": _account,
    "list": _list,
    "assign": _assign,
    "reassign": _reassign,
    "extend": _extend,
    "release": _release,
}
