"""What of seats needs attention, each with the sensible next step."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.utils.translation import gettext as _

from torhaus.frame.formatting import day_text, number_text
from torhaus.frame.navigation import address
from torhaus.subscriptions.education import LAPSED_SHOWN, Education
from torhaus.usage.rules import Tone, tone
from torhaus.web.account.rows import SeatRow
from torhaus.web.dashboard.attention import Task


def seat_tasks(rows: Iterable[SeatRow], *, may_book: bool) -> list[Task]:
    """Give a point for each kind of seat that runs short; those with nothing left first."""
    found = [task for row in rows for task in _tasks(row, may_book=may_book)]
    return by_urgency(found)


def by_urgency(tasks: Iterable[Task]) -> list[Task]:
    """Give points with the most urgent first; among equals the order stays."""
    return sorted(tasks, key=lambda task: ("bad", "warn", "info").index(task.tone))


def education_tasks(stands: Education, *, may_ask: bool) -> list[Task]:
    """Give a point where education terms end soon, or ended, and nothing was sent since."""
    mark = stands.mark
    if mark is None or mark.ends_on is None or stands.waiting is not None:
        return []
    url, link = address("web:education_terms") or "", _("Education terms")
    if may_ask:
        url, link = address("web:request_education") or "", _("Send a new proof")
    if mark.ended_at is not None:
        return _ended_early(stands, mark.ends_on)
    if stands.due:
        title = _("Your education terms end on %(day)s")
        detail = _("Send a new proof before, and they go on without a gap.")
        return [Task("warn", "graduation-cap", title % {"day": day_text(mark.ends_on)}, detail, url, link)]
    if stands.lapsed and stands.today - mark.ends_on <= LAPSED_SHOWN:
        title = _("Your education terms ended on %(day)s")
        detail = _("The list price counts since then. They begin anew once a new proof is checked.")
        return [Task("warn", "graduation-cap", title % {"day": day_text(mark.ends_on)}, detail, url, link)]
    return []


def _ended_early(stands: Education, day: date) -> list[Task]:
    if not stands.holds and stands.today - day > LAPSED_SHOWN:
        return []
    title = _("Your education terms end on %(day)s") if stands.holds else _("Your education terms ended on %(day)s")
    detail = _("They were ended before their time. The reason stands under Education terms.")
    url, link = address("web:education_terms") or "", _("Education terms")
    return [Task("warn", "graduation-cap", title % {"day": day_text(day)}, detail, url, link)]


def _tasks(row: SeatRow, *, may_book: bool) -> Iterator[Task]:
    values = {
        "kind": row.name,
        "over": number_text(row.over),
        "booked": number_text(row.booked),
        "available": number_text(row.available),
    }
    book = (address("web:request_booking") or "") if may_book else ""
    if row.over:
        title, detail = _("%(kind)s: %(over)s more in use than booked"), _over()
        url, link = (row.people_url, _("See who has them")) if row.people_url else (book, _("Book more"))
        yield Task("bad", "users", title % values, detail, url, link, row.name)
    elif row.booked and not row.available:
        title, detail = (
            _("%(kind)s: all %(booked)s are in use"),
            _("One has to be released, or more to be booked, before anybody else gets one."),
        )
        yield Task("warn", "users", title % values, detail, *_more(row, book), row.name)
    elif tone(row.used, row.booked) in {Tone.NEAR, Tone.WARN}:
        title = _("%(kind)s: %(available)s of %(booked)s left")
        level = "warn" if tone(row.used, row.booked) is Tone.WARN else "info"
        yield Task(level, "users", title % values, _idle(row), *_more(row, book), row.name)


def _over() -> str:
    return _("Whoever has one keeps it, but nobody new gets one. Release what nobody needs, or book more.")


def _idle(row: SeatRow) -> str:
    if row.invited:
        return _("Some are held by people who have not come yet.")
    return _("Book more in time, or release what nobody uses.")


def _more(row: SeatRow, book: str) -> tuple[str, str]:
    return (book, _("Book more")) if book else (row.people_url, _("See who has them"))
