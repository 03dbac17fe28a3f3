"""Policies of plans and contracts: shown, written after a review, and taken back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.backoffice.finding import rights_of, the_contract, within
from torhaus.backoffice.licensing.forms import PolicyForm, initial_of
from torhaus.backoffice.licensing.words import SOURCES, changed_lines, policy_words
from torhaus.catalogue.choices import plan_of_key, plans_of_catalogue
from torhaus.catalogue.models import Item
from torhaus.core.texts import text_in
from torhaus.frame.access import actor_of, staff_may
from torhaus.licensing.derivation import deciding_plan, said_by
from torhaus.licensing.policies import (
    Stated,
    contract_policy,
    digest_of_policy,
    inherited_policy,
    plan_policies,
    plan_policy,
    usual_values,
    values_of,
)
from torhaus.licensing.set_policy import PolicyChanged
from torhaus.licensing.set_policy import clear_contract_policy as clear_contract_policy_deed
from torhaus.licensing.set_policy import clear_plan_policy as clear_plan_policy_deed
from torhaus.licensing.set_policy import set_contract_policy as set_contract_policy_deed
from torhaus.licensing.set_policy import set_plan_policy as set_plan_policy_deed
from torhaus.subscriptions.models import Contract
from torhaus.vendor.queries import the_vendor


@dataclass(frozen=True)
class Subject:
    """Whose policy a page is about: its own fields (None for none), what holds without them, and the addresses."""

    name: str
    own: dict[str, Any] | None
    inherited: Stated
    back: str
    clear: str
    contract: Contract | None = None

    @property
    def now(self) -> dict[str, Any]:
        """What holds now."""
        return self.inherited.values if self.own is None else self.own

    def context(self) -> dict[str, Any]:
        """Give what every page of a policy shows."""
        return {
            "subject": self,
            "contract": self.contract,
            "customer": self.contract.customer if self.contract else None,
        }


@staff_may("see_licences")
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Show the policy of each plan, and the usual one."""
    written = plan_policies()
    rows = [
        (plan, plan.pk in written, policy_words(values_of(written[plan.pk]) if plan.pk in written else usual_values()))
        for plan in plans_of_catalogue()
    ]
    context = {"rows": rows, "usual": policy_words(usual_values()), "rights": rights_of(request)}
    return render(request, "backoffice/licensing/policies.html", context)


@staff_may("manage_licences")
@require_http_methods(["GET", "HEAD", "POST"])
def set_plan_policy(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for the policy of a plan, show what changes, and write it once that was confirmed."""
    plan = _the_plan(key)

    def write(values: dict[str, Any], seen: str) -> None:
        set_plan_policy_deed(plan_key=plan.key, values=values, seen=seen, by=actor_of(request))

    return _policy(request, _of_plan(plan), write)


@staff_may("manage_licences")
@require_http_methods(["GET", "HEAD", "POST"])
def clear_plan_policy(request: HttpRequest, key: str) -> HttpResponse:
    """Ask once more, then take the policy of a plan back."""
    plan = _the_plan(key)
    subject = _of_plan(plan)
    if request.method != "POST":
        return _ask_to_clear(request, subject)
    clear_plan_policy_deed(plan_key=plan.key, by=actor_of(request))
    messages.success(request, _("%(name)s has the usual policy again.") % {"name": subject.name})
    return redirect(subject.back)


@staff_may("manage_licences")
@require_http_methods(["GET", "HEAD", "POST"])
def set_contract_policy(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for a contract's own policy, show what changes, and write it once that was confirmed."""
    contract = the_contract(ref)

    def write(values: dict[str, Any], seen: str) -> None:
        set_contract_policy_deed(contract_ref=contract.ref, values=values, seen=seen, by=actor_of(request))

    return _policy(request, _of_contract(contract), write)


@staff_may("manage_licences")
@require_http_methods(["GET", "HEAD", "POST"])
def clear_contract_policy(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask once more, then take a contract's own policy back."""
    contract = the_contract(ref)
    subject = _of_contract(contract)
    if request.method != "POST":
        return _ask_to_clear(request, subject)
    clear_contract_policy_deed(contract_ref=contract.ref, by=actor_of(request))
    messages.success(request, _("%(name)s has the policy of its plan again.") % {"name": subject.name})
    return redirect(subject.back)


def _policy(request: HttpRequest, subject: Subject, write: Callable[[dict[str, Any], str], None]) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = PolicyForm(data, initial=initial_of(subject.now) | {"seen": digest_of_policy(subject.own)})
    step = data.get("step", "") if data else ""
    if data is None or step == "change" or not form.is_valid():
        return _ask(request, subject, form, 200 if data is None or step == "change" else 422)
    if step != "confirm":
        return _review(request, subject, form)
    try:
        write(form.values(), form.cleaned_data["seen"])
    except PolicyChanged:
        return _ask_again(request, subject)
    messages.success(request, _("The policy of %(name)s was saved.") % {"name": subject.name})
    return redirect(subject.back)


def _ask(request: HttpRequest, subject: Subject, form: PolicyForm, status: int) -> HttpResponse:
    context = subject.context() | {"form": form, "forms": [form], "source": SOURCES[subject.inherited.source]}
    return render(request, "backoffice/licensing/policy.html", context, status=status)


def _ask_again(request: HttpRequest, subject: Subject) -> HttpResponse:
    """Show the form with what was entered, and say that the policy has changed meanwhile."""
    data = request.POST.copy()
    data["seen"] = digest_of_policy(subject.own)
    form = PolicyForm(data)
    form.add_error(
        None,
        _(
            "Somebody else changed this policy meanwhile, so nothing was saved. "
            "Continue if what you entered is to stand instead."
        ),
    )
    return _ask(request, subject, form, 422)


def _review(request: HttpRequest, subject: Subject, form: PolicyForm) -> HttpResponse:
    changes = changed_lines(subject.now, form.values())
    context = subject.context() | {"form": form, "changes": changes}
    return render(request, "backoffice/licensing/review_policy.html", context)


def _ask_to_clear(request: HttpRequest, subject: Subject) -> HttpResponse:
    changes = changed_lines(subject.now, subject.inherited.values)
    context = subject.context() | {"changes": changes, "source": SOURCES[subject.inherited.source]}
    return render(request, "backoffice/licensing/clear_policy.html", context)


def _the_plan(key: str) -> Item:
    plan = plan_of_key(key)
    if plan is None:
        raise Http404
    return plan


def _of_plan(plan: Item) -> Subject:
    own = plan_policy(plan)
    return Subject(
        name=text_in(plan.name, (get_language() or "en")[:2]),
        own=values_of(own) if own else None,
        inherited=Stated("usual", usual_values()),
        back=reverse("backoffice:policies"),
        clear=reverse("backoffice:clear_plan_policy", args=[plan.key]),
    )


def _of_contract(contract: Contract) -> Subject:
    with within(contract.customer):
        own = contract_policy(contract.pk)
        said = said_by(contract, the_vendor())
        inherited = inherited_policy(deciding_plan(said, contract.product))
    return Subject(
        name=contract.number,
        own=values_of(own) if own else None,
        inherited=inherited,
        back=reverse("backoffice:contract", args=[contract.ref]),
        clear=reverse("backoffice:clear_contract_policy", args=[contract.ref]),
        contract=contract,
    )
