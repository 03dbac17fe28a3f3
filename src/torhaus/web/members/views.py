"""Members and roles: who has access, in which role, and the deeds of those who keep that in order."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from torhaus.core import clock
from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.errors import too_many
from torhaus.frame.throttling import count_about
from torhaus.frame.words import MEMBERSHIP_LOOKS
from torhaus.journeys.invite_member import invite_member as invite_member_deed
from torhaus.journeys.invite_member import resend_invitation as resend_invitation_deed
from torhaus.journeys.invite_owner import AlreadyMember, MailboxFull, NotInvitable
from torhaus.journeys.send_passkey_link import LinkNotNeeded
from torhaus.journeys.send_passkey_link import send_passkey_link as send_passkey_link_deed
from torhaus.notices.letters import MailRefused
from torhaus.organisations import members as deeds
from torhaus.organisations.models import Membership, MembershipState, Role
from torhaus.organisations.passkey_links import by_passkey_only
from torhaus.organisations.people import member_of, members_of, open_ownership_offer
from torhaus.web.members.forms import InviteForm, RoleForm
from torhaus.web.members.giving import roles_to_give

PER_PAGE = 50
# So many invitations of one customer within ten minutes: mails go to whomever they name.
INVITATIONS = 30
# So many links for a passkey of one person within ten minutes.
PASSKEY_LINKS = 3
MAILBOX_FULL = gettext_lazy(
    "This address was sent several invitations already. Try again in an hour, or ask the person to look for them."
)


@viewer_may("see_members")
@require_safe
def members(request: HttpRequest) -> HttpResponse:
    """List the customer's people, the owner first."""
    page = Paginator(members_of(viewer_of(request).customer_id), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "rows": [(row, MEMBERSHIP_LOOKS[MembershipState(row.state)]) for row in page],
    }
    if viewer_of(request).may("hand_over_ownership"):
        context["offer"] = open_ownership_offer(viewer_of(request).customer_id)
    return render(request, "web/members/members.html", context | _may(request))


@viewer_may("manage_members")
@require_safe
def member(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one person with all that can be done, each with what it means."""
    return _one(request, ref, None)


@viewer_may("manage_members")
@require_http_methods(["GET", "HEAD", "POST"])
def invite_member(request: HttpRequest) -> HttpResponse:
    """Ask whom to invite, and send the invitation."""
    viewer, sent = viewer_of(request), request.method == "POST"
    form = InviteForm(request.POST if sent else None)
    if sent and (wait := count_about(viewer.customer_ref, door="invite", limit=INVITATIONS)):
        return too_many(request, retry_after=wait, template="asked_too_often")
    if sent and form.is_valid() and Role(form.cleaned_data["role"]) not in roles_to_give(request):
        form.add_error("role", _("Only the owner can give this role."))
    if sent and form.is_valid():
        mail, role = form.cleaned_data["mail"], Role(form.cleaned_data["role"])
        try:
            invite_member_deed(
                customer_ref=viewer.customer_ref,
                name=form.cleaned_data["name"],
                mail=mail,
                role=role,
                by=actor_of(request),
            )
        except AlreadyMember:
            form.add_error("mail", _("This person is among your members already, perhaps invited or deactivated."))
        except (NotInvitable, MailRefused):
            form.add_error("mail", _("This address cannot be invited. Enter another."))
        except MailboxFull:
            form.add_error("mail", MAILBOX_FULL)
        else:
            said = _("The invitation to %(mail)s is on its way. It works for seven days.")
            messages.success(request, said % {"mail": mail})
            return redirect("web:members")
    return render(request, "web/members/invite_member.html", {"form": form}, status=422 if sent else 200)


@viewer_may("manage_members")
@require_POST
def change_member_role(request: HttpRequest, ref: str) -> HttpResponse:
    """Give another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _one(request, ref, form)
    role = Role(form.cleaned_data["role"])
    if role not in roles_to_give(request):
        form.add_error("role", _("Only the owner can give this role."))
        return _one(request, ref, form)
    return _do(request, ref, deeds.change_member_role, _("The role was changed. It acts at once."), role=role)


@viewer_may("manage_members")
@require_POST
def deactivate_member(request: HttpRequest, ref: str) -> HttpResponse:
    """Let the person in no more."""
    return _do(request, ref, deeds.deactivate_member, _("Access was deactivated."))


@viewer_may("manage_members")
@require_POST
def reactivate_member(request: HttpRequest, ref: str) -> HttpResponse:
    """Let the person in again."""
    return _do(request, ref, deeds.reactivate_member, _("Access was activated again."))


@viewer_may("manage_members")
@require_POST
def remove_member(request: HttpRequest, ref: str) -> HttpResponse:
    """Remove the person, or take the invitation back."""
    return _do(request, ref, deeds.remove_member, _("The person was removed from your organisation."))


@viewer_may("manage_members")
@require_POST
def resend_invitation(request: HttpRequest, ref: str) -> HttpResponse:
    """Send another invitation."""
    if wait := count_about(viewer_of(request).customer_ref, door="invite", limit=INVITATIONS):
        return too_many(request, retry_after=wait, template="asked_too_often")
    return _do(
        request, ref, resend_invitation_deed, _("Another invitation is on its way; the one before works no more.")
    )


@viewer_may("manage_members")
@require_POST
def send_passkey_link(request: HttpRequest, ref: str) -> HttpResponse:
    """Send a link to add a passkey."""
    wait = count_about(viewer_of(request).customer_ref, door="invite", limit=INVITATIONS)
    wait = wait or count_about(ref, door="passkey_link", limit=PASSKEY_LINKS)
    if wait:
        return too_many(request, retry_after=wait, template="asked_too_often")
    said = _("The link for a passkey is on its way. It works once, for a day.")
    owner = _("The owner gets no link here: nobody else may let them in. If they cannot sign in, they write to us.")
    return _do(request, ref, send_passkey_link_deed, said, owner=owner)


def _do(
    request: HttpRequest, ref: str, deed: Callable[..., Any], said: str, *, owner: str = "", **values: Any
) -> HttpResponse:
    """Do one of the deeds and say so, or why it is not for the ``owner``; 404 for whom this customer does not have."""
    try:
        deed(member_ref=ref, by=actor_of(request), **values)
    except deeds.UnknownMember as error:
        raise Http404 from error
    except deeds.OwnerStays:
        messages.error(request, owner or _("The owner of the account can be neither changed nor removed here."))
    except deeds.NotComeIn:
        messages.error(request, _("This person has not come in yet. Take the invitation back instead."))
    except LinkNotNeeded:
        messages.info(request, _("No link is needed: your organisation lets people in by other ways, too."))
    except NotInvitable:
        messages.error(request, _("This account was closed, and no invitation opens it. Take the invitation back."))
    except MailboxFull:
        messages.error(request, MAILBOX_FULL)
    else:
        messages.success(request, said)
    return redirect("web:members")


def _one(request: HttpRequest, ref: str, form: RoleForm | None) -> HttpResponse:
    row = _the_member(request, ref)
    context = {
        "row": row,
        "look": MEMBERSHIP_LOOKS[MembershipState(row.state)],
        "is_owner": row.role == Role.OWNER,
        "may_offer": viewer_of(request).may("hand_over_ownership") and row.state == MembershipState.ACTIVE,
        "over": bool(row.invitation_ends_at and row.invitation_ends_at <= clock.now()),
        "passkeys_only": by_passkey_only(row),
        "form": form or RoleForm(initial={"role": row.role}),
    }
    return render(request, "web/members/member.html", context | _may(request), status=422 if form else 200)


def _the_member(request: HttpRequest, ref: str) -> Membership:
    row = member_of(viewer_of(request).customer_id, ref)
    if row is None:
        raise Http404
    return row


def _may(request: HttpRequest) -> dict[str, bool]:
    viewer = viewer_of(request)
    return {"may_manage": viewer.may("manage_members"), "may_write": not viewer.read_only}
