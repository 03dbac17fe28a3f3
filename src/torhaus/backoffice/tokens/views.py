"""Issue and revoke licence tokens. A new token is in one answer and nowhere else, so a reload cannot show it again."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from torhaus.backoffice.finding import the_contract, within
from torhaus.backoffice.rows import token_row
from torhaus.backoffice.tokens.forms import IssueTokenForm
from torhaus.frame.access import actor_of, staff_may
from torhaus.journeys.issue_token import issue_token as issue_token_deed
from torhaus.journeys.revoke_token import revoke_token as revoke_token_deed
from torhaus.licensing.actions import AlreadyRevoked, TokensChanged
from torhaus.licensing.queries import tokens_of_contract
from torhaus.licensing.search import token_across_customers
from torhaus.subscriptions.models import Contract
from torhaus.vendor.queries import the_vendor


@staff_may("issue_token")
@require_http_methods(["GET", "HEAD", "POST"])
def issue_token(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask when the older tokens end; answer the form itself with the new token.

    There is no redirect to a page with the token, because it would have to lie somewhere in
    between. Sending the form again issues nothing: it names the newest token it knew of.
    """
    contract = the_contract(ref)
    form = IssueTokenForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _ask(request, contract, form, 200)
    if not form.is_valid():
        return _ask(request, contract, form, 422)
    try:
        issued = issue_token_deed(
            contract_ref=contract.ref,
            prefix=the_vendor().token_prefix,
            overlap=form.cleaned_data["overlap"],
            newest_seen=form.cleaned_data["newest_seen"],
            by=actor_of(request),
        )
    except TokensChanged:
        return _ask(request, contract, form, 409)
    context = {
        "contract": contract,
        "customer": contract.customer,
        "issued": issued,
        "at_once": form.cleaned_data["overlap"] == "0",
    }
    return render(request, "backoffice/token_issued.html", context)


def _ask(request: HttpRequest, contract: Contract, form: IssueTokenForm, status: int) -> HttpResponse:
    with within(contract.customer):
        tokens = [token_row(token) for token in tokens_of_contract(contract.pk)]
    newest = tokens[0].token.public_id if tokens else ""
    if status != 422:
        form = IssueTokenForm(initial={"overlap": "0", "newest_seen": newest})
    context = {
        "contract": contract,
        "customer": contract.customer,
        "form": form,
        "forms": [form],
        "working": [row for row in tokens if row.works],
        "changed": status == 409,
        "newest": tokens[0] if tokens else None,
    }
    return render(request, "backoffice/issue_token.html", context, status=status)


@staff_may("revoke_token")
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once more, saying what will stop working; then revoke."""
    token = token_across_customers(public_id)
    if token is None:
        raise Http404
    if request.method != "POST":
        with within(token.contract.customer):
            others = [row for row in map(token_row, tokens_of_contract(token.contract_id)) if row.works]
        context = {
            "row": token_row(token),
            "contract": token.contract,
            "customer": token.contract.customer,
            "others": [row for row in others if row.token.pk != token.pk],
        }
        return render(request, "backoffice/revoke_token.html", context)
    try:
        revoke_token_deed(public_id=public_id, by=actor_of(request))
    except AlreadyRevoked:
        messages.info(request, _("The token %(label)s had already stopped working.") % {"label": token})
    else:
        messages.success(request, _("The token %(label)s was revoked and works no more.") % {"label": token})
    return redirect("backoffice:contract", ref=token.contract.ref)
