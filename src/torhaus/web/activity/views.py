"""The activity log (B102): filtered, paged by cursor, and as a file that holds exactly the filtered rows."""

from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from torhaus.core.csv_files import csv_of
from torhaus.frame.access import viewer_may, viewer_of
from torhaus.frame.files import disposition
from torhaus.frame.lists import query_with
from torhaus.frame.spreadsheets import XLSX, xlsx_of
from torhaus.frame.viewers import known_vendor
from torhaus.records.activity import activity as activity_of
from torhaus.records.activity import activity_page, each_of_activity
from torhaus.records.models import Record
from torhaus.web.activity.forms import ActivityFilterForm
from torhaus.web.activity.rows import Wording
from torhaus.web.activity.words import HIDDEN

PER_PAGE = 50
_CURSORS = ("before", "after")


@viewer_may("see_activity")
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """Show a page of what happened, the newest first."""
    form, found = _found(request)
    before, after = (request.GET.get(name, "") for name in _CURSORS)
    page = activity_page(found, limit=PER_PAGE, before=before, after=after)
    rows = page.records
    context = {
        "form": form,
        "rows": Wording(_zone(request)).rows(rows),
        "filtered": any(request.GET.get(name) for name in form.fields),
        "newer": query_with(request, after=str(rows[0].key), before=None) if page.newer and rows else "",
        "older": query_with(request, before=str(rows[-1].key), after=None) if page.older else "",
        "export": query_with(request, before=None, after=None),
    }
    return render(request, "web/activity/activity.html", context)


@viewer_may("see_activity")
@require_safe
def activity_csv(request: HttpRequest) -> HttpResponseBase:
    """Give all that the filter wants as CSV."""
    _form, found = _found(request)
    words = Wording(_zone(request))
    german = (get_language() or "en").startswith("de")
    lines = csv_of(words.header, words.cells(each_of_activity(found)), german=german)
    return _sent(request, StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8"), words, "csv")


@viewer_may("see_activity")
@require_safe
def activity_xlsx(request: HttpRequest) -> HttpResponseBase:
    """Give all that the filter wants as XLSX."""
    _form, found = _found(request)
    words = Wording(_zone(request))
    pieces = xlsx_of(words.title, words.header, words.cells(each_of_activity(found)))
    return _sent(request, StreamingHttpResponse(pieces, content_type=XLSX), words, "xlsx")


def _found(request: HttpRequest) -> tuple[ActivityFilterForm, QuerySet[Record]]:
    form = ActivityFilterForm(request.GET)
    wanted = form.wanted(customer_id=viewer_of(request).customer_id, zone=_zone(request))
    return form, activity_of(wanted, without=HIDDEN)


def _zone(request: HttpRequest) -> ZoneInfo:
    return ZoneInfo(known_vendor(request).time_zone)


def _sent(request: HttpRequest, response: HttpResponseBase, words: Wording, suffix: str) -> HttpResponseBase:
    name = f"{words.title}-{viewer_of(request).customer_number}.{suffix}"
    response.headers["Content-Disposition"] = disposition(name)
    add_never_cache_headers(response)
    return response
