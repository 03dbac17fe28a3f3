"""Handing the account over: the owner offers it on a person's page, the successor accepts it on a page of their own."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.viewers import unlocked_contracts
from torhaus.journeys import hand_over_ownership as deeds
from torhaus.organisations.members import UnknownMember
from torhaus.organisations.models import OwnershipOffer
from torhaus.organisations.people import open_offers_to_across_customers, open_ownership_offer


@viewer_may("hand_over_ownership")
@require_POST
def offer_ownership(request: HttpRequest, ref: str) -> HttpResponse:
    """Offer the account to somebody; whoever sends it has ticked that they know what that means."""
    if request.POST.get("sure") != "yes":
        messages.error(request, _("Tick that you want to hand the account over. Nothing was offered."))
        return redirect("web:member", ref=ref)
    try:
        deeds.offer_ownership(member_ref=ref, by=actor_of(request))
    except UnknownMember as error:
        raise Http404 from error
    except deeds.NotOwner:
        messages.error(request, _("Only the owner hands the account over. Nothing was offered."))
    except deeds.NotFit:
        messages.error(request, _("Only somebody else who is active can become the owner. Nothing was offered."))
    else:
        messages.success(request, _("The offer is on its way. You stay the owner until it is accepted."))
    return redirect("web:members")


@viewer_may("hand_over_ownership")
@require_POST
def withdraw_ownership(request: HttpRequest) -> HttpResponse:
    """Withdraw the offer."""
    try:
        deeds.withdraw_ownership(by=actor_of(request))
    except deeds.NotOwner:
        messages.error(request, _("Only the owner withdraws the offer."))
    else:
        messages.success(request, _("The offer was withdrawn. You stay the owner."))
    return redirect("web:members")


@viewer_may("see_dashboard")
@require_http_methods(["GET", "HEAD", "POST"])
def accept_ownership(request: HttpRequest) -> HttpResponse:
    """Say what the owner may do, and let the successor accept; nobody else sees that there is an offer."""
    offer = _offer_to(request)
    if offer is None:
        return _none_here(request)
    if request.method != "POST":
        return render(request, "web/members/accept_ownership.html", {"offer": offer})
    try:
        deeds.accept_ownership(by=actor_of(request))
    except deeds.OfferOver:
        messages.error(request, _("The offer was withdrawn or is too old. Nothing was changed."))
    else:
        messages.success(request, _("You are the owner of the account from now on."))
    return redirect("web:home")


def _none_here(request: HttpRequest) -> HttpResponse:
    """Say which of the person's other customers offers the account, with the way there; else that there is no offer."""
    person = request.user.pk if request.user.is_authenticated else None
    elsewhere = {offer.customer.ref for offer in open_offers_to_across_customers(person)} if person else set()
    contracts = {one.customer_ref: one for one in unlocked_contracts(request) if one.customer_ref in elsewhere}
    return render(request, "web/members/no_offer.html", {"contracts": list(contracts.values())}, status=404)


def _offer_to(request: HttpRequest) -> OwnershipOffer | None:
    offer = open_ownership_offer(viewer_of(request).customer_id)
    return offer if offer and request.user.is_authenticated and offer.successor.person_id == request.user.pk else None
