"""Background jobs that gave up: retry them, or discard them for good."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.backoffice.finding import page_of_all
from torhaus.frame.access import actor_of, staff_may
from torhaus.journeys.discard_job import discard_job as discard_job_deed
from torhaus.journeys.retry_job import retry_job as retry_job_deed
from torhaus.work.actions import NotDead
from torhaus.work.queries import dead_jobs, queue_state

_LATE = timedelta(minutes=10)


@staff_may("see_work")
@require_safe
def failed_jobs(request: HttpRequest) -> HttpResponse:
    """Show the jobs that gave up, the latest first."""
    context = {"page": page_of_all(request, dead_jobs()), "late": queue_state().late_by > _LATE}
    return render(request, "backoffice/failed_jobs.html", context)


@staff_may("see_work")
@require_POST
def retry_job(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Let a job run again."""
    try:
        retry_job_deed(task_id=task_id, by=actor_of(request))
    except NotDead:
        messages.info(request, _("This job was already retried or discarded."))
    else:
        messages.success(request, _("The job runs again shortly."))
    return redirect("backoffice:failed_jobs")


@staff_may("see_work")
@require_http_methods(["GET", "HEAD", "POST"])
def discard_job(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Ask once more, then remove a job for good."""
    if request.method != "POST":
        job = dead_jobs().filter(task_id=task_id).first()
        if job is None:
            raise Http404
        return render(request, "backoffice/discard_job.html", {"job": job})
    try:
        discard_job_deed(task_id=task_id, by=actor_of(request))
    except NotDead:
        messages.info(request, _("This job was already retried or discarded."))
    else:
        messages.success(request, _("The job was discarded."))
    return redirect("backoffice:failed_jobs")
