"""People are invited by a CSV file: chosen, shown line by line, confirmed, and then invited all or none."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.core.csv_files import csv_of
from torhaus.core.csv_lines import CsvFile, read_csv
from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.files import disposition
from torhaus.frame.formatting import number_text
from torhaus.frame.one_file import takes_one_file
from torhaus.frame.words import MEMBERSHIP_LOOKS, ROLES
from torhaus.journeys.invitation_plan import (
    MOST_AT_ONCE,
    MOST_WAITING,
    InvitationPlan,
    PlannedInvitation,
    plan_invitations,
)
from torhaus.journeys.invite_members import InvitationsChanged
from torhaus.journeys.invite_members import invite_members as invite_members_deed
from torhaus.organisations.invitation_lines import InvitationLine, Why, invitation_line
from torhaus.organisations.models import Role
from torhaus.web.csv_import import (
    Import,
    PreviewRow,
    Shown,
    column_names,
    in_languages,
    keep,
    preview_of,
    run_import,
    shown_lines,
)
from torhaus.web.members.giving import roles_to_give

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# So many files of one customer within ten minutes: each may bring mails to whomever it names.
IMPORTS = 20
COLUMNS: dict[str, "_StrPromise"] = {
    "mail": gettext_lazy("Email"),
    "name": gettext_lazy("Name"),
    "role": gettext_lazy("Role"),
    "language": gettext_lazy("Language"),
}
NEEDED = (("mail",), ("name",), ("role",))
LANGUAGES: dict[str, "_StrPromise"] = {"en": gettext_lazy("English"), "de": gettext_lazy("German")}
REASONS: dict[Why, "_StrPromise"] = {
    Why.MAIL_MISSING: gettext_lazy("An email address is missing: the invitation goes there."),
    Why.MAIL: gettext_lazy("This is no email address. Write one such as name@example.com."),
    Why.NAME_MISSING: gettext_lazy("A name is missing."),
    Why.TOO_LONG: gettext_lazy("Name or email address is too long. Shorten it."),
    Why.CONTROL: gettext_lazy("A cell holds a line break or control character. Take it out."),
    Why.ROLE_MISSING: gettext_lazy("A role is missing. You can give: %(roles)s."),
    Why.ROLE: gettext_lazy("There is no such role. You can give: %(roles)s."),
    Why.NOT_YOURS_TO_GIVE: gettext_lazy(
        "You cannot give this role: nobody gives more than they may themselves. You can give: %(roles)s."
    ),
    Why.LANGUAGE: gettext_lazy("The portal does not speak this language. Write %(languages)s, or leave it empty."),
    Why.TWICE: gettext_lazy("Line %(about)s invites the same person. Leave one of them out."),
    Why.NOT_INVITABLE: gettext_lazy("This address cannot be invited. Enter another, or leave the line out."),
    Why.MAILBOX_FULL: gettext_lazy(
        "This address was sent several invitations already. Leave it out, or try again in an hour."
    ),
}


@viewer_may("manage_members")
@takes_one_file
@require_http_methods(["GET", "HEAD", "POST"])
def invite_members(request: HttpRequest) -> HttpResponse:
    """Take a file and show whom it would invite, or do what was shown."""
    return run_import(request, Import("members", IMPORTS, COLUMNS, ask=_ask, look=_look, confirm=_confirm))


@viewer_may("manage_members")
@require_safe
def invite_members_csv(_request: HttpRequest) -> StreamingHttpResponse:
    """Give an empty file with the names of the columns, to be filled in."""
    german = (get_language() or "en").startswith("de")
    response = StreamingHttpResponse(
        csv_of([str(word) for word in COLUMNS.values()], [], german=german), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = disposition(_("invitations.csv"))
    return response


def _ask(request: HttpRequest, wrong: str = "") -> HttpResponse:
    may = roles_to_give(request)
    context = {
        "wrong": wrong,
        "roles": [(role, text) for role, text in ROLES.items() if role in may],
        "mail_languages": LANGUAGES.items(),
        "most": MOST_AT_ONCE,
    }
    return render(request, "web/members/invite_members.html", context, status=422 if wrong else 200)


def _read(request: HttpRequest, content: bytes) -> tuple[CsvFile, list[InvitationLine]]:
    file = read_csv(content, names=column_names(COLUMNS.items()), needed=NEEDED)
    roles = {name: role for role, word in ROLES.items() for name in in_languages(word) | {str(role)}}
    languages = {name: key for key, word in LANGUAGES.items() for name in in_languages(word) | {key}}
    may = roles_to_give(request)
    return file, [invitation_line(one, roles=roles, languages=languages, may_give=may) for one in file.lines]


def _look(request: HttpRequest, content: bytes) -> HttpResponse:
    file, lines = _read(request, content)
    return _show(request, content, file, plan_invitations(viewer_of(request).customer_id, lines))


def _confirm(request: HttpRequest, shown: Shown) -> HttpResponse:
    """Do what was shown; if something else would be done by now, show that instead."""
    file, lines = _read(request, shown.content)
    try:
        rows = invite_members_deed(
            customer_ref=viewer_of(request).customer_ref, lines=lines, shown=shown.digest, by=actor_of(request)
        )
    except InvitationsChanged as error:
        return _show(request, shown.content, file, error.plan, changed=True)
    if not rows:
        messages.info(request, _("Everybody in the file is among your members already. Nothing was changed."))
    else:
        said = ngettext(
            "%(n)s person was invited. The mail is on its way.",
            "%(n)s people were invited. The mails are on their way.",
            len(rows),
        )
        messages.success(request, said % {"n": number_text(len(rows))})
    response = redirect("web:members")
    response.status_code = 303
    return response


def _show(
    request: HttpRequest, content: bytes, file: CsvFile, plan: InvitationPlan, *, changed: bool = False
) -> HttpResponse:
    context = preview_of(file, plan, changed=changed)
    context |= {"rows": _rows(request, plan), "too_many": _too_many(plan), "fits": plan.fits}
    if plan.fits and plan.new:
        try:
            context["kept"] = keep(request, "members", Shown(content, plan.digest))
        except OSError:
            return _ask(request, _("The file cannot be kept just now. Try again in a few minutes."))
    status = 409 if changed else 200 if plan.fits else 422
    return render(request, "web/members/invite_members_preview.html", context, status=status)


def _rows(request: HttpRequest, plan: InvitationPlan) -> list[PreviewRow]:
    """Give the lines that are shown."""
    may = roles_to_give(request)
    said = {
        "roles": ", ".join(str(text) for role, text in ROLES.items() if role in may),
        "languages": ", ".join(str(word) for word in LANGUAGES.values()),
    }
    return [
        PreviewRow(
            number=one.line.number,
            badge=look,
            name=one.line.name or one.line.mail,
            mail=one.line.mail if one.line.name else "",
            group=str(ROLES[one.line.role]) if one.line.role else "",
            remark=_remark(one, said),
        )
        for look, one in shown_lines(plan)
    ]


def _remark(one: PlannedInvitation, said: dict[str, str]) -> str:
    if one.why is not None:
        return str(REASONS[one.why]) % (said | {"about": one.about})
    if one.there is None:
        return ""
    state, role = MEMBERSHIP_LOOKS[one.there.state].text, ROLES[Role(one.there.role)]
    return _("Is among your members already: %(state)s, %(role)s. Nothing is changed.") % {"state": state, "role": role}


def _too_many(plan: InvitationPlan) -> str:
    """Say that more are invited than may be, and why; nothing if they may."""
    if plan.too_many:
        return _("The file invites %(n)s people; at once there may be %(most)s. Divide it into several.") % {
            "n": number_text(len(plan.new)),
            "most": number_text(MOST_AT_ONCE),
        }
    if plan.too_many_wait:
        return _(
            "At most %(most)s invitations may wait to be accepted, so that nobody is flooded with mails in our name. "
            "There is room for %(room)s, and the file has %(n)s. Wait until people have come in, or take invitations back."
        ) % {"most": number_text(MOST_WAITING), "room": number_text(plan.room), "n": number_text(len(plan.new))}
    return ""
