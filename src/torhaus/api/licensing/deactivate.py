"""``POST /api/v1/deactivate``: an installation gives its place back, or only its lease."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from torhaus.api.acting import act, json_answer
from torhaus.api.bodies import DeactivateBody
from torhaus.api.refusals import refused
from torhaus.frame.access import actor_of, token_may, viewer_of
from torhaus.licensing.remove_installation import UnknownInstallation
from torhaus.licensing.remove_installation import deactivate_installation as deactivate_installation_deed


@token_may("use_licence")
@require_POST
def deactivate_installation(request: HttpRequest) -> HttpResponse:
    """End an installation on behalf of the product; repeated, it answers the same."""
    return act(request, DeactivateBody, _deactivate)


def _deactivate(request: HttpRequest, body: DeactivateBody) -> HttpResponse:
    try:
        installation = deactivate_installation_deed(
            contract_ref=viewer_of(request).contract_ref,
            installation_ref=body.installation,
            keep=body.keep,
            process=body.process or "",
            by=actor_of(request),
        )
    except UnknownInstallation:
        return refused(request, "installation_unknown")
    return json_answer({"installation": installation.ref, "deactivated": installation.removed_at is not None})
