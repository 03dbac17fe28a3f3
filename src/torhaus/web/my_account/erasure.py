"""Ask to be erased (R65; GDPR Art. 17), see what that means, and take the wish back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from torhaus.accounts.erasure_requests import RequestDecided, RequestOpen, open_request_by
from torhaus.frame.access import actor_of, signed_in_person
from torhaus.frame.confirming import confirm_first
from torhaus.frame.formatting import day_text
from torhaus.journeys import ask_erasure as deeds
from torhaus.journeys.erase_person.deed import IsStaff, OwnsCustomer
from torhaus.journeys.erase_person.steps import STEPS
from torhaus.web.my_account.who import customer_ref, person_of


@signed_in_person
@require_http_methods(["GET", "HEAD", "POST"])
def ask_erasure(request: HttpRequest) -> HttpResponse:
    """Say what is erased, what stays and why; then note the wish."""
    user = person_of(request)
    if user.staff_role:
        raise Http404
    if again := confirm_first(request, back=request.path):
        return again
    if request.method == "POST":
        return _asked(request)
    context = {"steps": STEPS, "waiting": open_request_by(user), "owned": deeds.owned_customers(user)}
    return render(request, "web/my_account/ask_erasure.html", context)


def _asked(request: HttpRequest) -> HttpResponse:
    try:
        row = deeds.ask_erasure(user=person_of(request), customer_ref=customer_ref(request), by=actor_of(request))
    except IsStaff as error:
        raise Http404 from error
    except OwnsCustomer as error:
        said = _("You own %(customers)s. Hand that over first; then you can ask for this.")
        messages.error(request, said % {"customers": ", ".join(error.args)})
    except RequestOpen:
        messages.info(request, _("You have asked for this already. Nothing more is needed."))
    else:
        said = _("We have noted it, and sent you a mail. You hear from us by %(day)s at the latest.")
        messages.success(request, said % {"day": day_text(row.due_on)})
    return redirect("web:ask_erasure")


@signed_in_person
@require_POST
def withdraw_erasure(request: HttpRequest) -> HttpResponse:
    """Take the wish back."""
    try:
        deeds.withdraw_erasure(user=person_of(request), customer_ref=customer_ref(request), by=actor_of(request))
    except RequestDecided:
        messages.info(request, _("There is nothing to take back: nobody asked, or it was decided meanwhile."))
    else:
        messages.success(request, _("You have taken it back. Nothing is erased."))
    return redirect("web:account")
