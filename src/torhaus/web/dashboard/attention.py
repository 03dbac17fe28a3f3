"""What needs the customer's attention, most urgent first: each with what it is, why, and where to go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from torhaus.billing.models import Invoice
from torhaus.billing.queries import Unpaid
from torhaus.core.texts import text_in
from torhaus.frame.formatting import day_text, moment_text, money_text, number_text
from torhaus.licensing.models import OfflineLicence
from torhaus.licensing.rules import SOON as FILE_SOON
from torhaus.releases.models import Release
from torhaus.subscriptions.models import Contract, ContractKind
from torhaus.subscriptions.rules import Standing, Status
from torhaus.support.models import Ticket
from torhaus.usage.queries import Metered
from torhaus.usage.rules import Tone

DUE_SOON = timedelta(days=14)
ENDING_SOON = timedelta(days=60)
EVALUATION_SOON = timedelta(days=14)
NEW_FOR = timedelta(weeks=6)
# Who let a file run out that long ago does without.
FILE_MISSED_FOR = timedelta(days=30)
SINGLY = 2
# As many are looked for as it takes to know that there are more than are shown one by one.
MOST_WAITING = SINGLY + 1
_RANK = {"bad": 0, "warn": 1, "info": 2}


@dataclass(frozen=True)
class Task:
    """One point of the list. ``about`` completes the link's text for those who hear it alone."""

    tone: str
    icon: str
    title: str
    detail: SafeString | str
    url: str
    link: str
    about: str = ""


@dataclass(frozen=True)
class Facts:
    """What the list is drawn from."""

    today: date
    contract: Contract
    standing: Standing
    meters: list[Metered]
    unpaid: list[Unpaid]
    first_unpaid: list[Invoice]
    release: Release | None
    sees_invoices: bool
    sees_subscription: bool
    now: datetime
    licence: OfflineLicence | None = None
    licence_outdated: bool = False
    waiting: Sequence[Ticket] = ()


def tasks_of(facts: Facts) -> list[Task]:
    """Give the points in order of urgency; among equals invoices, contract, tickets, and so on."""
    found = [*_invoices(facts), *_contract(facts), *_tickets(facts), *_licence(facts), *_allowances(facts)]
    found += _version(facts)
    return sorted(found, key=lambda task: _RANK[task.tone])


def time_tag(day: date) -> SafeString:
    """Give a day as a <time>."""
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), day_text(day))


def _detail(*parts: SafeString | str) -> SafeString:
    html = SafeString("")
    for part in parts:
        if part:
            html = format_html("{} · {}", html, part) if html else format_html("{}", part)
    return html


def _sentence(text: str, **values: Any) -> SafeString:
    """Fill a translated sentence that holds {names} with values that may be HTML."""
    return format_html(text, **values)


def _invoices(facts: Facts) -> Iterator[Task]:
    if not facts.sees_invoices:
        return
    late = sum(one.overdue for one in facts.unpaid)
    if late > SINGLY:
        yield Task(
            "bad",
            "receipt",
            ngettext("%(n)s invoice is overdue", "%(n)s invoices are overdue", late) % {"n": number_text(late)},
            _("Please pay them, or tell us if a payment is already on its way."),
            reverse("web:invoices") + "?status=overdue",
            _("View invoices"),
        )
    soon = 0
    for invoice in facts.first_unpaid:
        if invoice.due_on is None:
            continue
        days = (invoice.due_on - facts.today).days
        if days < 0 and late <= SINGLY:
            yield _invoice(invoice, days)
        elif 0 <= days <= DUE_SOON.days and soon <= SINGLY:
            soon += 1
            yield _invoice(invoice, days)


def _invoice(invoice: Invoice, days: int) -> Task:
    assert invoice.due_on is not None  # noqa: S101 - the caller looked; for the type checker
    values = {"number": invoice.number, "n": abs(days)}
    if days < 0:
        title = ngettext("Invoice %(number)s is %(n)d day overdue", "Invoice %(number)s is %(n)d days overdue", -days)
    elif days == 0:
        title = _("Invoice %(number)s is due today")
    else:
        title = ngettext("Invoice %(number)s is due in %(n)d day", "Invoice %(number)s is due in %(n)d days", days)
    due = _sentence(_("due {day}"), day=time_tag(invoice.due_on))
    amount = format_html('<span class="num">{}</span>', money_text(invoice.gross_cents, invoice.currency))
    return Task(
        "bad" if days < 0 else "warn",
        "receipt",
        title % values,
        _detail(amount, due),
        reverse("web:invoice", args=[invoice.ref]),
        _("View invoice"),
        invoice.number,
    )


def _tickets(facts: Facts) -> Iterator[Task]:
    """Give the tickets in which the customer has the word."""
    if len(facts.waiting) > SINGLY:
        url = reverse("web:tickets") + "?state=waiting"
        yield Task("warn", "message-circle-reply", _("Several tickets wait for you"), "", url, _("View tickets"))
        return
    for ticket in facts.waiting:
        title = _("Ticket %(number)s waits for you") % {"number": ticket.number}
        url = reverse("web:ticket", args=[ticket.ref])
        yield Task("warn", "message-circle-reply", title, ticket.subject, url, _("Answer"), ticket.number)


def _contract(facts: Facts) -> Iterator[Task]:
    task = _standing(facts) or _renewal(facts)
    if task is not None:
        yield task


def _standing(facts: Facts) -> Task | None:
    stands, today, end = facts.standing, facts.today, facts.standing.term.ends_on
    trial = facts.contract.kind == ContractKind.EVALUATION
    if stands.status is Status.SUSPENDED:
        return _about_contract(facts, "bad", _("Your subscription is suspended"), _("Please talk to us; we will help."))
    if stands.status is Status.UPCOMING:
        days = (stands.term.starts_on - today).days
        title = ngettext("Your subscription starts in %(n)d day", "Your subscription starts in %(n)d days", days)
        return _about_contract(facts, "info", title % {"n": days}, time_tag(stands.term.starts_on))
    if stands.status is Status.EXPIRED:
        title = _("Your evaluation has ended") if trial else _("Your subscription has ended")
        last = _sentence(_("last day {day}"), day=time_tag(end)) if end else ""
        return _about_contract(facts, "bad", title, _detail(last, _("Talk to us to go on.")))
    follows = facts.contract.auto_renews and stands.status is Status.ACTIVE
    left = stands.days_left
    if left is None or end is None or follows or left > (EVALUATION_SOON if trial else ENDING_SOON).days:
        return None
    why = _("It does not renew by itself.") if stands.status is Status.ACTIVE else _("It is cancelled.")
    return _about_contract(facts, "warn", _ends_in(left, trial=trial), _detail(time_tag(end), why))


def _ends_in(days: int, *, trial: bool) -> str:
    if days == 0:
        return _("Your evaluation ends today") if trial else _("Your subscription ends today")
    if trial:
        title = ngettext("Your evaluation ends in %(n)d day", "Your evaluation ends in %(n)d days", days)
    else:
        title = ngettext("Your subscription ends in %(n)d day", "Your subscription ends in %(n)d days", days)
    return title % {"n": days}


def _renewal(facts: Facts) -> Task | None:
    """Tell that the last day to cancel is near; of monthly terms only in the last days, lest it always stands."""
    cancel = facts.standing.cancellation
    if cancel is None or facts.standing.status is not Status.ACTIVE:
        return None
    days = (cancel.by - facts.today).days
    if days > (5 if (facts.contract.term_months or 0) <= 1 else 30):
        return None
    if days == 0:
        title = _("Today is the last day to cancel for this term")
    else:
        title = ngettext("%(n)d day left to cancel for this term", "%(n)d days left to cancel for this term", days)
    why = _sentence(_("otherwise it renews after {day}"), day=time_tag(cancel.to))
    return _about_contract(facts, "info", title % {"n": days}, _detail(time_tag(cancel.by), why))


def _about_contract(facts: Facts, tone: str, title: str, detail: SafeString | str) -> Task:
    url = reverse("web:subscription") if facts.sees_subscription else ""
    return Task(tone, "repeat", title, detail, url, _("View subscription"))


def _licence(facts: Facts) -> Iterator[Task]:
    """Tell those who use offline licences that the newest one ends, or does not know what has changed."""
    row, now = facts.licence, facts.now
    if row is None or now - row.expires_at > FILE_MISSED_FOR:
        return
    until = format_html('<time datetime="{}">{}</time>', row.expires_at.isoformat(), moment_text(row.expires_at))
    detail: SafeString | str = _sentence(_("valid until {instant}"), instant=until)
    if row.expires_at <= now:
        tone, title = "bad", _("Your offline licence has run out")
    elif row.expires_at - now <= FILE_SOON:
        tone, title = "warn", _("Your offline licence ends soon")
    elif facts.licence_outdated:
        tone, title = "warn", _("Your offline licence is out of date")
        detail = _("Your contract or its token has changed since it was issued.")
    else:
        return
    yield Task(tone, "key-round", title, detail, reverse("web:offline_licence"), _("View offline licence"))


def _allowances(facts: Facts) -> Iterator[Task]:
    language = (get_language() or "en")[:2]
    for one in facts.meters:
        if one.used is None or one.total is None or one.read_on is None or one.tone is Tone.FINE:
            continue
        name = text_in(one.meter.name, language)
        values = {
            "meter": name,
            "over": number_text(one.used - one.total),
            "percent": one.percent,
            "free": number_text(max(0, one.total - one.used)),
        }
        if one.tone is Tone.OVER:
            title = _("%(meter)s: %(over)s more than your subscription allows")
        elif one.used == one.total:
            title = _("%(meter)s: the allowance is used up")
        else:
            title = _("%(meter)s: %(percent)s %% of the allowance is used")
        counts = _("%(used)s of %(total)s") % {"used": number_text(one.used), "total": number_text(one.total)}
        read = _sentence(_("reported {day}"), day=time_tag(one.read_on))
        tone = {Tone.OVER: "bad", Tone.WARN: "warn"}.get(one.tone, "info")
        url = reverse("web:usage") if facts.sees_subscription else ""
        yield Task(tone, "gauge", title % values, _detail(counts, read), url, _("View usage"), name)


def _version(facts: Facts) -> Iterator[Task]:
    release = facts.release
    if release is None or facts.today - release.published_on > NEW_FOR:
        return
    published = _sentence(_("published {day}"), day=time_tag(release.published_on))
    kind = _("security update") if release.security else ""
    yield Task(
        "warn" if release.security else "info",
        "download",
        _("Version %(version)s is available") % {"version": release.version},
        _detail(published, kind),
        reverse("web:version", args=[release.ref]),
        _("View version"),
        release.version,
    )
