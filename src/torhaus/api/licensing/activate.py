"""``POST /api/v1/activate``: a product registers the machine it runs on, and hears at once whether it may run."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST
from pydantic_core import to_json

from torhaus.api.acting import act
from torhaus.api.bodies import ActivateBody, ValidateBody
from torhaus.api.licensing.asked import question_of
from torhaus.api.refusals import refused
from torhaus.api.replies import instant_text
from torhaus.core import clock
from torhaus.frame.access import actor_of, token_may, viewer_of
from torhaus.frame.viewers import known_vendor
from torhaus.licensing.activate_installation import ActivationRefused, Build
from torhaus.licensing.activate_installation import activate_installation as activate_installation_deed
from torhaus.licensing.leases import holder_of
from torhaus.licensing.models import Installation
from torhaus.licensing.ordinary_answer import answer_question
from torhaus.licensing.signing import read_issuer
from torhaus.vendor.keys import NoSigningKey, UnreadableKey


@token_may("use_licence")
@require_POST
def activate_installation(request: HttpRequest) -> HttpResponse:
    """Register an installation, or give the one that this machine is already; with the answer whether it may run."""
    return act(request, ActivateBody, _activate)


def _activate(request: HttpRequest, body: ActivateBody) -> HttpResponse:
    viewer, vendor = viewer_of(request), known_vendor(request)
    asked = ValidateBody.model_validate(body.model_dump(exclude={"name"}))
    question = question_of(asked, vendor.time_zone)
    try:
        # Asked first: an installation whose answer nobody can sign is of no use.
        read_issuer().signer(int(clock.now().timestamp()))
        activated = activate_installation_deed(
            contract_ref=viewer.contract_ref,
            product_key=body.product or "",
            parts=question.parts or {},
            machine=body.fingerprint,
            name=body.name or "",
            version=question.version,
            environment=question.environment,
            build=Build(question.released_at, question.checksum, question.edition),
            by=actor_of(request),
        )
    except ActivationRefused as error:
        return refused(request, error.code)
    except (NoSigningKey, UnreadableKey):
        return refused(request, "cannot_sign")
    ref = activated.installation.ref
    answered = answer_question(
        viewer.contract,
        replace(question, installation=ref, holder=holder_of(ref)),
        product_key=body.product or "",
        language=(get_language() or "en")[:2],
        nonce=body.nonce or "",
    )
    said = to_json(_described(activated.installation))
    # The answer goes as the bytes that were signed.
    text = b'{"installation":%b,"answer":%b}' % (said, answered.body)
    return HttpResponse(text, status=201 if activated.created else 200, content_type="application/json")


def _described(row: Installation) -> dict[str, str | bool]:
    return {
        "ref": row.ref,
        "name": row.name,
        "version": row.version,
        "environment": row.environment,
        "counts": row.counts,
        "activated_at": instant_text(row.activated_at),
    }
