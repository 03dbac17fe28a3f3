"""Recover an account whose owner is gone: one of the staff proposes another owner, a second one confirms."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.backoffice.finding import page_of_all, the_customer, within
from torhaus.backoffice.people.forms import OwnerRecoveryForm
from torhaus.frame.access import actor_of, staff_may
from torhaus.journeys import recover_owner as deeds
from torhaus.journeys.invite_owner import AlreadyMember, MailboxFull, NotInvitable
from torhaus.organisations.people import open_recovery_of, owner_of, possible_successors, recoveries_across_customers


@staff_may("recover_owner")
@require_safe
def owner_recoveries(request: HttpRequest) -> HttpResponse:
    """Show what waits for a second person, the oldest first."""
    page = page_of_all(request, recoveries_across_customers())
    return render(request, "backoffice/people/owner_recoveries.html", {"page": page})


@staff_may("recover_owner")
@require_http_methods(["GET", "HEAD", "POST"])
def propose_owner_recovery(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask who becomes the owner; or show what is proposed, for a second person to confirm."""
    customer = the_customer(ref)
    with within(customer):
        owner, found, members = owner_of(customer.pk), open_recovery_of(customer.pk), possible_successors(customer.pk)
    form = OwnerRecoveryForm(request.POST if request.method == "POST" else None, members=members)
    if form.is_bound and form.is_valid() and _proposed(request, ref, form):
        return redirect("backoffice:customer", ref=ref)
    own = found is not None and found.proposed_by_id == request.user.pk
    context = {"customer": customer, "owner": owner, "found": found, "own": own, "form": form}
    return render(
        request, "backoffice/people/propose_owner_recovery.html", context, status=422 if form.is_bound else 200
    )


def _proposed(request: HttpRequest, ref: str, form: OwnerRecoveryForm) -> bool:
    try:
        deeds.propose_owner_recovery(
            customer_ref=ref, successor=form.successor(), reason=form.cleaned_data["reason"], by=actor_of(request)
        )
    except (deeds.NothingToRecover, deeds.NotStaff):
        messages.error(request, _("No owner has come in, so that there is none to recover. Invite the owner instead."))
        return True
    except deeds.RecoveryOpen:
        messages.error(request, _("Another owner is proposed already. Withdraw that first."))
        return True
    except deeds.SuccessorUnfit:
        form.add_error("member", _("This person is not active any more. Choose another."))
    except AlreadyMember:
        form.add_error(
            "mail", _("This person belongs to the customer already. Choose them above, or have them let in first.")
        )
    except NotInvitable:
        form.add_error("mail", _("This address belongs to staff or to a closed account. Enter another."))
    else:
        messages.success(request, _("The proposal waits for a colleague, for seven days. Nothing has changed yet."))
        return True
    return False


@staff_may("recover_owner")
@require_POST
def confirm_owner_recovery(request: HttpRequest, ref: str, proposal: str) -> HttpResponse:
    """Confirm what a colleague proposed."""
    customer = the_customer(ref)
    try:
        row = deeds.confirm_owner_recovery(customer_ref=ref, recovery_ref=proposal, by=actor_of(request))
    except deeds.RecoveryOver:
        messages.error(request, _("The proposal was confirmed or withdrawn, or is too old. Nothing was changed now."))
    except deeds.SamePerson:
        messages.error(request, _("You proposed it yourself. A colleague has to confirm it."))
    except deeds.AdministratorNeeded:
        messages.error(request, _("One of the two has to be an administrator. Ask one to confirm it."))
    except deeds.NotStaff:
        messages.error(request, _("Whoever proposed it may not do so any more. Withdraw it, and propose it yourself."))
    except MailboxFull:
        messages.error(request, _("This address was sent several invitations already. Try again in an hour."))
    except (deeds.NothingToRecover, deeds.SuccessorUnfit, AlreadyMember, NotInvitable):
        said = _("The owner or the person proposed has changed since. Withdraw the proposal, and look anew.")
        messages.error(request, said)
    else:
        said = _("%(name)s is the owner of %(customer)s now. Everybody concerned gets a mail.")
        messages.success(request, said % {"name": row.shown_name, "customer": customer.name})
    return redirect("backoffice:customer", ref=ref)


@staff_may("recover_owner")
@require_POST
def withdraw_owner_recovery(request: HttpRequest, ref: str, proposal: str) -> HttpResponse:
    """Withdraw what was proposed."""
    customer = the_customer(ref)
    try:
        deeds.withdraw_owner_recovery(customer_ref=customer.ref, recovery_ref=proposal, by=actor_of(request))
    except (deeds.RecoveryOver, deeds.NotStaff):
        messages.error(request, _("The proposal was confirmed or withdrawn, or is too old. Nothing was changed now."))
    else:
        messages.success(request, _("The proposal was withdrawn. The owner stays who it was."))
    return redirect("backoffice:customer", ref=ref)
