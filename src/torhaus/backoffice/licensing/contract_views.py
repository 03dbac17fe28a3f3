"""What staff do with a contract's licence: suspend it, let it go on, name and remove an installation."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from torhaus.backoffice.finding import the_contract
from torhaus.backoffice.licensing.forms import NameInstallationForm
from torhaus.frame.access import actor_of, staff_may
from torhaus.licensing.models import Installation, RemovedBy
from torhaus.licensing.name_installation import name_installation as name_installation_deed
from torhaus.licensing.remove_installation import UnknownInstallation
from torhaus.licensing.remove_installation import remove_installation as remove_installation_deed
from torhaus.licensing.search import installation_across_customers
from torhaus.subscriptions.suspend_contract import resume_contract as resume_contract_deed
from torhaus.subscriptions.suspend_contract import suspend_contract as suspend_contract_deed


@staff_may("suspend_contract")
@require_http_methods(["GET", "HEAD", "POST"])
def suspend_contract(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask once more, saying what will stop; then suspend."""
    contract = the_contract(ref)
    if request.method != "POST":
        context = {"contract": contract, "customer": contract.customer}
        return render(request, "backoffice/licensing/suspend_contract.html", context)
    suspend_contract_deed(contract_ref=contract.ref, by=actor_of(request))
    messages.success(request, _("The contract %(number)s is suspended.") % {"number": contract.number})
    return redirect("backoffice:contract", ref=contract.ref)


@staff_may("suspend_contract")
@require_POST
def resume_contract(request: HttpRequest, ref: str) -> HttpResponse:
    """Let a suspended contract go on."""
    contract = the_contract(ref)
    resume_contract_deed(contract_ref=contract.ref, by=actor_of(request))
    messages.success(request, _("The contract %(number)s goes on as agreed.") % {"number": contract.number})
    return redirect("backoffice:contract", ref=contract.ref)


@staff_may("manage_licences")
@require_http_methods(["GET", "HEAD", "POST"])
def name_installation(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask what an installation is called, and name it so."""
    found = _find(ref)
    if found.removed_at is not None:
        raise Http404
    contract = found.licence.contract
    form = NameInstallationForm(request.POST if request.method == "POST" else None, initial={"name": found.name})
    if not form.is_valid():
        context = {"contract": contract, "customer": contract.customer, "installation": found}
        return render(
            request,
            "backoffice/licensing/name_installation.html",
            context | {"form": form, "forms": [form]},
            status=422 if form.is_bound else 200,
        )
    try:
        named = name_installation_deed(
            contract_ref=contract.ref,
            installation_ref=found.ref,
            name=form.cleaned_data["name"],
            by=actor_of(request),
        )
    except UnknownInstallation:
        messages.error(request, _("This installation was removed meanwhile."))
    else:
        messages.success(request, _named(named))
    return redirect("backoffice:contract", ref=contract.ref)


def _named(installation: Installation) -> str:
    if not installation.name:
        return _("The installation %(ref)s has no name any more.") % {"ref": installation.ref}
    return _("The installation is now called %(name)s.") % {"name": installation.name}


@staff_may("manage_licences")
@require_http_methods(["GET", "HEAD", "POST"])
def remove_installation(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask once more, saying what the product is told; then remove."""
    found = _find(ref)
    contract = found.licence.contract
    if request.method != "POST":
        context = {"contract": contract, "customer": contract.customer, "installation": found}
        return render(request, "backoffice/licensing/remove_installation.html", context)
    remove_installation_deed(
        contract_ref=contract.ref, installation_ref=found.ref, removed_by=RemovedBy.STAFF, by=actor_of(request)
    )
    said = _("The installation %(name)s was removed.") % {"name": found.name or found.ref}
    messages.success(request, said)
    return redirect("backoffice:contract", ref=contract.ref)


def _find(ref: str) -> Installation:
    found = installation_across_customers(ref)
    if found is None:
        raise Http404
    return found
