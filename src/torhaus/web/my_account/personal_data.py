"""What is stored of oneself, to take along (R64)."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from torhaus.core import clock
from torhaus.frame.access import actor_of, signed_in_person
from torhaus.frame.confirming import confirm_first
from torhaus.journeys.export_personal_data import export_personal_data
from torhaus.web.my_account.who import customer_ref, person_of


@signed_in_person
@require_http_methods(["GET", "HEAD", "POST"])
def take_personal_data(request: HttpRequest) -> HttpResponse:
    """Say what the file has, and give it."""
    if again := confirm_first(request):
        return again
    user = person_of(request)
    if request.method != "POST":
        return render(request, "web/my_account/take_personal_data.html", {"person": user})
    said = export_personal_data(user=user, customer_ref=customer_ref(request), by=actor_of(request))
    text = json.dumps(said, ensure_ascii=False, indent=2) + "\n"
    response = HttpResponse(text, content_type="application/json")
    # Named by the day only: names of people stay out of names of files.
    response.headers["Content-Disposition"] = f'attachment; filename="personal-data-{clock.today("UTC")}.json"'
    add_never_cache_headers(response)
    return response
