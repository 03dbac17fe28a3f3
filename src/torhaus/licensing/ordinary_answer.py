"""The answer by the ordinary way: through the ORM, from a fresh derivation. The hot path gives the same bytes."""

from dataclasses import dataclass, replace
from datetime import datetime

from django_scopes import scope

from torhaus.catalogue.models import Product
from torhaus.core import clock
from torhaus.licensing.answers import Case, signed_answer
from torhaus.licensing.grants import Grants
from torhaus.licensing.heartbeats import needs_lease
from torhaus.licensing.installations import placed_before
from torhaus.licensing.kept import derive, facts_of, kept_licence
from torhaus.licensing.leases import take_lease
from torhaus.licensing.models import Installation, Lease, Licence
from torhaus.licensing.queries import live_token_across_customers
from torhaus.licensing.signing import Issuer, read_issuer
from torhaus.licensing.validation import Facts, Question, crowded, verdict_on
from torhaus.subscriptions.models import Contract
from torhaus.vendor.queries import the_vendor
from torhaus_sdk.answers import Code


@dataclass(frozen=True)
class Answered:
    """A signed answer, its code, and the installation (id) that asked, if it is one that runs."""

    body: bytes
    code: Code
    installation_id: int | None


def answer_question(
    contract: Contract, question: Question, *, product_key: str, language: str, nonce: str, heartbeat: bool = False
) -> Answered:
    """Answer a question about a contract (with product and customer), inside the scope.

    A ``heartbeat`` takes or extends the lease of a floating licence first.

    Raises:
        NoSigningKey, UnreadableKey: see :meth:`torhaus.licensing.signing.Issuer.signer`.
    """
    issuer, now = read_issuer(), clock.now()
    signer = issuer.signer(int(now.timestamp()))
    product = _product(contract, product_key)
    # The contract as it is now: what is answered is never older than the revision that stands with it.
    contract = Contract.objects.select_related("product", "customer").get(pk=contract.pk)
    if product is None:
        case = _about_nothing(contract, question, issuer, product_key, language, nonce, now)
        return Answered(signed_answer(case, signer), case.verdict.code, None)
    licence = kept_licence(contract, product)
    grants, used, _stale_at = derive(contract, product, the_vendor())
    row = _installation(licence, question)
    facts = replace(_facts(licence, row, grants, question, now), used=used)
    verdict = verdict_on(grants, facts, question)
    if heartbeat and row is not None and needs_lease(grants.policy, facts, verdict):
        facts = replace(_beaten(licence, row, grants, question, now), used=used)
        verdict = verdict_on(grants, facts, question)
    case = Case(
        vendor_key=issuer.key,
        offer_url=issuer.offer_url,
        licence_ref=licence.ref,
        grants=grants,
        facts=facts,
        question=question,
        verdict=verdict,
        since=_since(licence, row),
        language=language,
        nonce=nonce,
    )
    runs = row is not None and row.removed_at is None
    return Answered(signed_answer(case, signer), verdict.code, row.pk if row is not None and runs else None)


def _beaten(licence: Licence, row: Installation, grants: Grants, question: Question, now: datetime) -> Facts:
    """Take or extend the lease, and give what stands then."""
    until = take_lease(
        licence_id=licence.pk, installation_id=row.pk, holder=question.holder, policy=grants.policy, now=now
    )
    licence.refresh_from_db(fields=["installations", "leases"])
    return replace(_facts(licence, row, grants, question, now), lease_refused=until is None)


def _facts(licence: Licence, row: Installation | None, grants: Grants, question: Question, now: datetime) -> Facts:
    facts = facts_of(licence, row, _lease(licence, question), now)
    if row is not None and row.counts and crowded(grants.policy, licence.installations):
        facts.placed_before = placed_before(row)
    return facts


def _product(contract: Contract, key: str) -> Product | None:
    if key in ("", contract.product.key):
        return contract.product
    return Product.objects.filter(key=key).first()


def _installation(licence: Licence, question: Question) -> Installation | None:
    if not question.installation or licence.pk is None:
        return None
    return Installation.objects.filter(licence_id=licence.pk, ref=question.installation).first()


def _lease(licence: Licence, question: Question) -> Lease | None:
    if not question.holder or licence.pk is None:
        return None
    return Lease.objects.filter(licence_id=licence.pk, holder=question.holder).first()


def _since(licence: Licence, row: Installation | None) -> int:
    moments = [licence.derived_at, row.activated_at if row else None, row.removed_at if row else None]
    return max(int(moment.timestamp()) for moment in moments if moment is not None)


def _about_nothing(
    contract: Contract, question: Question, issuer: Issuer, product_key: str, language: str, nonce: str, now: datetime
) -> Case:
    """Give the case of a product that the vendor does not have, or has under another key."""
    grants = Grants(
        contract=contract.number,
        customer=contract.customer.number,
        product=product_key,
        kind=contract.kind,
        edition="",
        environment="",
        starts_at=0,
        ends_at=None,
        grace_days=0,
        maintained_until=None,
        suspended=contract.suspended,
        lacks=Code.PRODUCT_NOT_LICENSED.value,
    )
    facts = Facts(now=int(now.timestamp()))
    return Case(
        vendor_key=issuer.key,
        offer_url=issuer.offer_url,
        licence_ref="",
        grants=grants,
        facts=facts,
        question=question,
        verdict=verdict_on(grants, facts, question),
        since=0,
        language=language,
        nonce=nonce,
    )


def renew_kept_row(public_id: str, product_key: str) -> None:
    """Bring the kept row of a token's contract for a product up to date, so that the hot path can answer by it."""
    token = live_token_across_customers(public_id)
    if token is None:
        return
    contract = token.contract
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        if product := _product(contract, product_key):
            kept_licence(contract, product)
