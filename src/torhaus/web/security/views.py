"""Security in the company settings: shown in words, and changed by owner and administrators."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.confirming import confirm_first
from torhaus.frame.signed import signed_in
from torhaus.frame.viewers import today_of
from torhaus.frame.words import ROLES, method_words
from torhaus.organisations.models import Role
from torhaus.organisations.rules import SOME_ROLES, SecurityRules
from torhaus.organisations.security import (
    ChangedMeanwhile,
    LocksOwnerOut,
    LocksYouOut,
    UnfitRules,
    people_without_passkey,
)
from torhaus.organisations.security import change_company_security as change_company_security_deed
from torhaus.web.security.forms import FACTOR_FOR, SecurityForm, hours_limit, idle_limit, known


@viewer_may("see_security")
@require_safe
def company_security(request: HttpRequest) -> HttpResponse:
    """Say what the company asks of those who sign in for it."""
    viewer = viewer_of(request)
    rules = viewer.rules
    context = {
        "rules": rules,
        "who": _who(rules),
        "in_force": rules.factor_from is not None and rules.factor_from <= today_of(request),
        "ways": method_words(rules.methods),
        "idle": rules.idle_minutes or idle_limit(),
        "hours": rules.session_hours or hours_limit(),
        "may_change": viewer.may("manage_security"),
    }
    return render(request, "web/security/company_security.html", context)


@viewer_may("manage_security")
@require_http_methods(["GET", "HEAD", "POST"])
def change_company_security(request: HttpRequest) -> HttpResponse:
    """Take new rules; they act at everybody's next request. Like one's own factors they need the password anew (R18)."""
    if again := confirm_first(request):
        return again
    viewer, today, sent = viewer_of(request), today_of(request), request.method == "POST"
    form = SecurityForm(request.POST if sent else None, today=today, before=viewer.rules, initial=known(viewer.rules))
    if sent and form.is_valid() and _saved(request, form):
        messages.success(request, _("The rules are saved. They hold from everybody’s next page on."))
        return redirect("web:company_security")
    without, people = people_without_passkey(viewer.customer_id)
    context = {"form": form, "without": without, "people": people}
    return render(request, "web/security/change_company_security.html", context, status=422 if sent else 200)


def _saved(request: HttpRequest, form: SecurityForm) -> bool:
    try:
        change_company_security_deed(
            customer_id=viewer_of(request).customer_id,
            rules=form.rules(),
            proved=signed_in(request.session).methods,
            today=today_of(request),
            by=actor_of(request),
        )
    except ChangedMeanwhile:
        said = _("Somebody else changed these rules meanwhile. Nothing was saved. Look at them anew, then change them.")
        form.add_error(None, said)
    except LocksYouOut:
        said = _(
            "You signed in by a way that you would forbid, and would be out at once. Sign in by another way first."
        )
        form.add_error("methods", said)
    except LocksOwnerOut:
        said = _(
            "The owner of your account could not sign in any more: they have no passkey. Leave another way allowed."
        )
        form.add_error("methods", said)
    except UnfitRules:
        form.add_error(None, _("These rules do not fit together. Check them, and save again."))
    else:
        return True
    return False


def _who(rules: SecurityRules) -> str:
    """Say who needs a second factor."""
    if rules.factor_for == SOME_ROLES:
        return ", ".join(str(ROLES[Role(role)]) for role in Role.values if role in rules.factor_roles)
    return str(FACTOR_FOR[rules.factor_for])
