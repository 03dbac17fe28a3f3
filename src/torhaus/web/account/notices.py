"""A person's own notices about usage, turned on and off on the page of the price plan."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.organisations.usage_notices import NoReader
from torhaus.organisations.usage_notices import choose_usage_notices as choose_usage_notices_deed


@viewer_may("see_account")
@require_POST
def choose_usage_notices(request: HttpRequest) -> HttpResponse:
    """Turn one's own notices on or off."""
    wanted = request.POST.get("wanted")
    if wanted not in {"on", "off"}:
        messages.error(request, _("Nothing was changed. Use the button under Notices."))
        return redirect("web:price_plan")
    customer = viewer_of(request).customer_id
    try:
        choose_usage_notices_deed(
            customer_id=customer, person_id=request.user.pk, wanted=wanted == "on", by=actor_of(request)
        )
    except NoReader:
        messages.error(request, _("Notices are for people who sign in by name. Nothing was changed."))
    else:
        said = _("You get notices from now on.") if wanted == "on" else _("You get no more notices.")
        messages.success(request, said)
    return redirect("web:price_plan")
