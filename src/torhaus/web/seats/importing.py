"""Seats are assigned by a CSV file: chosen, shown line by line, confirmed, and then done whole or not at all."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from torhaus.core.csv_lines import CsvFile, read_csv
from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.formatting import number_text
from torhaus.frame.one_file import takes_one_file
from torhaus.frame.seats import kind_name
from torhaus.journeys.import_seats import PlanChanged
from torhaus.journeys.import_seats import import_seats as import_seats_deed
from torhaus.seats.holders import refuse_unless_running
from torhaus.seats.refusals import SeatRefused
from torhaus.seats.seat_lines import SeatLine, Why, seat_line
from torhaus.seats.seat_plan import PlannedLine, SeatPlan, Shortage, contract_kinds, names_of_kinds, plan_seats
from torhaus.web.csv_import import (
    Import,
    PreviewRow,
    Shown,
    column_names,
    keep,
    preview_of,
    run_import,
    shown_lines,
)
from torhaus.web.seats.forms import NOT_ASCII
from torhaus.web.seats.words import refusal_text
from torhaus.web.words import vendor_today

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PURPOSE = "seats"
# So many files of one customer within ten minutes: each may bring mails to whomever it names.
IMPORTS = 20
# The words of the export, so that an export can be brought back.
COLUMNS: dict[str, "_StrPromise"] = {
    "seat": gettext_lazy("Seat"),
    "kind": gettext_lazy("Kind"),
    "key": gettext_lazy("Key of the kind"),
    "name": gettext_lazy("Name"),
    "mail": gettext_lazy("Email"),
    "organisation": gettext_lazy("Organisation"),
    "ends_on": gettext_lazy("Ends on"),
}
NEEDED = (("kind", "key"), ("mail", "name"))
REASONS: dict[Why, "_StrPromise"] = {
    Why.KIND: gettext_lazy("There is no such kind of seat in this contract. There are: %(about)s."),
    Why.MAIL_MISSING: gettext_lazy("An email address is missing: a person holds a seat of this kind."),
    Why.MAIL: gettext_lazy("This is no email address. Write one such as name@example.com."),
    Why.MAIL_LETTERS: NOT_ASCII,
    Why.NAME_MISSING: gettext_lazy("A name is missing."),
    Why.MAIL_OF_THING: gettext_lazy("No person holds a seat of this kind. Leave the email address empty."),
    Why.TOO_LONG: gettext_lazy("Name, email address or organisation is too long. Shorten it."),
    Why.CONTROL: gettext_lazy("A cell holds a line break or control character. Take it out."),
    Why.DAY: gettext_lazy("This is no day. Write one such as 2026-12-31."),
    Why.END_PASSED: gettext_lazy("The last day lies in the past. Write today or a later one, or leave it empty."),
    Why.TWICE: gettext_lazy("Line %(about)s asks for the same seat. Leave one of them out."),
    Why.NOT_CONVERTIBLE: gettext_lazy(
        "This address holds or gets a seat of another kind, and neither becomes the other. Leave one of them out."
    ),
    Why.OTHER_HOLDER: gettext_lazy(
        "This seat belongs to %(about)s. To give it to somebody else, use its page; to assign another, empty the column Seat."
    ),
    Why.SEAT_GONE: gettext_lazy("This seat was released. To assign another, empty the column Seat."),
}


@viewer_may("manage_seats")
@takes_one_file
@require_http_methods(["GET", "HEAD", "POST"])
def import_seats(request: HttpRequest) -> HttpResponse:
    """Take a file and show what would become of it, or do what was shown."""
    return run_import(request, Import(PURPOSE, IMPORTS, COLUMNS, ask=_ask, look=_look, confirm=_confirm))


def _ask(request: HttpRequest, wrong: str = "") -> HttpResponse:
    _vendor, today = vendor_today(request)
    kinds = contract_kinds(viewer_of(request).contract, today).values()
    context = {"wrong": wrong, "kinds": [(one, kind_name(one)) for one in kinds], "stopped": _stopped(request)}
    return render(request, "web/seats/import_seats.html", context, status=422 if wrong else 200)


def _stopped(request: HttpRequest) -> str:
    """Say why nobody gets a seat in this contract at all; nothing if somebody may."""
    _vendor, today = vendor_today(request)
    try:
        refuse_unless_running(viewer_of(request).contract, today)
    except SeatRefused as error:
        return refusal_text(error)
    return ""


def _read(request: HttpRequest, content: bytes) -> tuple[CsvFile, list[SeatLine]]:
    _vendor, today = vendor_today(request)
    file = read_csv(content, names=column_names(COLUMNS.items()), needed=NEEDED)
    kinds = names_of_kinds(contract_kinds(viewer_of(request).contract, today).values())
    return file, [seat_line(line, kinds) for line in file.lines]


def _look(request: HttpRequest, content: bytes) -> HttpResponse:
    file, lines = _read(request, content)
    return _show(request, content, file, _planned(request, lines))


def _planned(request: HttpRequest, lines: list[SeatLine]) -> SeatPlan:
    _vendor, today = vendor_today(request)
    return plan_seats(viewer_of(request).contract, lines, today)


def _confirm(request: HttpRequest, shown: Shown) -> HttpResponse:
    """Do what was shown; if something else would be done by now, show that instead."""
    file, lines = _read(request, shown.content)
    try:
        seats = import_seats_deed(
            contract_ref=viewer_of(request).contract_ref,
            lines=lines,
            shown=shown.digest,
            mails=request.POST.get("mails") == "yes",
            by=actor_of(request),
        )
    except SeatRefused as error:
        return _ask(request, refusal_text(error))
    except PlanChanged as error:
        return _show(request, shown.content, file, error.plan, changed=True)
    if not seats:
        messages.info(request, _("Every holder in the file has a seat already. Nothing was changed."))
    else:
        said = ngettext("%(n)s seat was assigned.", "%(n)s seats were assigned.", len(seats))
        messages.success(request, said % {"n": number_text(len(seats))})
    response = redirect("web:seats")
    response.status_code = 303
    return response


def _show(
    request: HttpRequest, content: bytes, file: CsvFile, plan: SeatPlan, *, changed: bool = False
) -> HttpResponse:
    stopped = _stopped(request)
    context = preview_of(file, plan, changed=changed)
    context |= {
        "stopped": stopped,
        "rows": _rows(plan),
        "shortages": [_shortage(plan, one) for one in plan.shortages],
        "fits": plan.fits and not stopped,
        "people": any(one.line.holder.mail for one in plan.new),
    }
    if context["fits"] and plan.new:
        try:
            context["name"] = keep(request, PURPOSE, Shown(content, plan.digest))
        except OSError:
            return _ask(request, _("The file cannot be kept just now. Try again in a few minutes."))
    status = 409 if changed else 200 if context["fits"] else 422
    return render(request, "web/seats/import_preview.html", context, status=status)


def _rows(plan: SeatPlan) -> list[PreviewRow]:
    """Give the lines that are shown."""
    names = {key: kind_name(one) for key, one in plan.kinds.items()}
    return [
        PreviewRow(
            number=one.line.number,
            badge=look,
            name=one.line.holder.name or one.line.holder.mail,
            mail=one.line.holder.mail if one.line.holder.name else "",
            group=names.get(one.line.kind, ""),
            remark=_remark(one, plan),
        )
        for look, one in shown_lines(plan)
    ]


def _remark(one: PlannedLine, plan: SeatPlan) -> str:
    if one.why is not None:
        if one.why == Why.KIND and not plan.kinds:
            return _("This contract has no seats. Choose another contract at the top, or ask us for seats.")
        about = ", ".join(plan.kinds) if one.why == Why.KIND else one.about
        return str(REASONS[one.why]) % {"about": about}
    if one.differs:
        return _("This holder has the seat already. What the line says otherwise is not taken over.")
    return _("This holder has the seat already.") if one.held else ""


def _shortage(plan: SeatPlan, one: Shortage) -> str:
    said = ngettext(
        "%(n)s line needs a seat of the kind “%(kind)s”;",
        "%(n)s lines need %(n)s seats of the kind “%(kind)s”;",
        one.needed,
    ) % {"n": number_text(one.needed), "kind": kind_name(plan.kinds[one.kind])}
    free = ngettext("%(n)s is free.", "%(n)s are free.", one.free) % {"n": number_text(one.free)}
    return f"{said} {free}"
