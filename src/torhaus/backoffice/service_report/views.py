"""How fast tickets were answered, on a page and as CSV."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from torhaus.backoffice.service_report.chart import chart_of
from torhaus.backoffice.service_report.rows import month_rows, reason_rows, report_csv, total_row
from torhaus.core import clock
from torhaus.frame.access import staff_may
from torhaus.frame.files import disposition
from torhaus.support.desk import package_names
from torhaus.support.queries import calendar_of
from torhaus.support.report import Report, last_months, report_across_customers
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import the_vendor


@staff_may("see_service_report")
@require_safe
def service_report(request: HttpRequest) -> HttpResponse:
    """Show the last twelve months."""
    vendor = the_vendor()
    report = _report(vendor)
    context = {
        "rows": month_rows(report, package_names()),
        "reasons": reason_rows(report, vendor),
        "total": total_row(report),
        "chart": chart_of(report),
    }
    return render(request, "backoffice/service_report/service_report.html", context)


@staff_may("see_service_report")
@require_safe
def service_report_csv(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Give the same table for a spreadsheet."""
    rows = month_rows(_report(the_vendor()), package_names())
    response = HttpResponse(report_csv(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = disposition(_("service-report") + ".csv")
    return response


def _report(vendor: Vendor) -> Report:
    now = clock.now()
    return report_across_customers(last_months(clock.today(vendor.time_zone)), now, calendar_of(vendor))
