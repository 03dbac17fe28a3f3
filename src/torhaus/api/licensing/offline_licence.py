"""``POST /api/v1/offline-licence``: a signed licence file, for machines that cannot ask."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from torhaus.api.acting import act, json_answer
from torhaus.api.bodies import OfflineLicenceBody
from torhaus.api.refusals import OF_FILES, refused
from torhaus.api.replies import instant_text
from torhaus.frame.access import actor_of, token_may, viewer_of
from torhaus.licensing.activate_installation import TooManyInstallations
from torhaus.licensing.issue_offline_licence import Machine, NotIssued
from torhaus.licensing.issue_offline_licence import issue_offline_licence as issue_offline_licence_deed
from torhaus.licensing.offline_licences import newest_licence
from torhaus.licensing.remove_installation import UnknownInstallation
from torhaus.vendor.keys import NoSigningKey, UnreadableKey
from torhaus_sdk.licence import armour


@token_may("use_licence")
@require_POST
def issue_offline_licence(request: HttpRequest) -> HttpResponse:
    """Issue a licence file of what is booked now, or give the newer one that the caller has not seen."""
    return act(request, OfflineLicenceBody, _issue)


def _issue(request: HttpRequest, body: OfflineLicenceBody) -> HttpResponse:
    viewer = viewer_of(request)
    before = newest_licence(viewer.contract_id)
    machine = Machine(body.installation or "", body.fingerprint or {}, body.name or "")
    try:
        row = issue_offline_licence_deed(
            contract_ref=viewer.contract_ref,
            newest_seen=body.newest_seen,
            machine=machine if body.installation or body.fingerprint else None,
            issued_by=viewer.token_label,
            by=actor_of(request),
        )
    except NotIssued as error:
        return refused(request, OF_FILES[error.reason])
    except UnknownInstallation:
        return refused(request, "installation_unknown")
    except TooManyInstallations as error:
        return refused(request, error.code)
    except (NoSigningKey, UnreadableKey):
        return refused(request, "cannot_sign")
    said = {
        "number": row.number,
        "issued_at": instant_text(row.issued_at),
        "expires_at": instant_text(row.expires_at),
        "text": armour(row.text),
    }
    return json_answer(said, status=200 if before is not None and row.number <= before.number else 201)
