"""Invite the first owner of a customer's account; the owner has more people in later."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from torhaus.backoffice.finding import the_customer, within
from torhaus.backoffice.people.forms import InviteOwnerForm
from torhaus.frame.access import actor_of, staff_may
from torhaus.journeys.invite_owner import AddressFixed, AlreadyMember, MailboxFull, NotInvitable, OwnerExists
from torhaus.journeys.invite_owner import invite_owner as invite_owner_deed
from torhaus.organisations.people import owner_of


@staff_may("invite_owner")
@require_http_methods(["GET", "HEAD", "POST"])
def invite_owner(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask whom to invite; an invitation sent before is replaced, to the same address or another."""
    customer = the_customer(ref)
    with within(customer):
        owner = owner_of(customer.pk)
    known = {"name": owner.shown_name, "mail": owner.person.mail} if owner else {}
    form = InviteOwnerForm(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        name, mail = form.cleaned_data["name"], form.cleaned_data["mail"]
        try:
            invite_owner_deed(customer_ref=customer.ref, name=name, mail=mail, by=actor_of(request))
        except OwnerExists:
            messages.error(request, _("The customer has an owner already. Nobody was invited."))
            return redirect("backoffice:customer", ref=customer.ref)
        except AddressFixed:
            said = _("Two of the staff chose this owner. Invite the same address again, or recover the account anew.")
            form.add_error("mail", said)
        except NotInvitable:
            form.add_error("mail", _("This address belongs to staff or to a closed account. Enter another."))
        except MailboxFull:
            form.add_error("mail", _("This address was sent several invitations already. Try again in an hour."))
        except AlreadyMember:
            form.add_error("mail", _("This person has another role at this customer already. Enter another address."))
        else:
            said = _("The invitation to %(mail)s is on its way. It works for seven days.")
            messages.success(request, said % {"mail": mail})
            return redirect("backoffice:customer", ref=customer.ref)
    context = {"customer": customer, "owner": owner, "form": form}
    return render(request, "backoffice/invite_owner.html", context, status=422 if form.is_bound else 200)
