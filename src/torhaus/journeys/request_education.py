"""The deed ``request_education``: a customer asks for education terms, with a proof; sales decides."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django_scopes import scope

from torhaus.catalogue.models import EducationCategory
from torhaus.catalogue.queries import education_categories_offered
from torhaus.journeys.education_mail import mail_asker, mail_sales
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.education import Proof, add_education_request
from torhaus.subscriptions.models import Contract, EducationRequest
from torhaus.support.attachments import FilesRefused, Offered, Refusal, Why, take_files
from torhaus.support.file_kinds import clean_name
from torhaus.vendor.queries import the_vendor

# What a proof may be, by the ending of its name; whether it holds that, its content says.
PROOF_KINDS = ("pdf", "png", "jpg", "jpeg")


class NotOffered(Exception):
    """The vendor offers no education terms, or none for this group any more."""


class ProofMissing(Exception):
    """Whoever asks for this group has to upload a proof."""


@dataclass(frozen=True)
class WantedEducation:
    """What is asked for: the group (key), who the customer is and what for, and the proof if there is one."""

    category: str
    institution: str
    statement: str = ""
    proof: Proof = field(default_factory=Proof)


def offered_categories() -> list[EducationCategory]:
    """Give the groups a customer may ask for; none where the vendor offers no education terms."""
    return education_categories_offered() if the_vendor().education_terms else []


def take_proof(offered: Sequence[Offered], *, contract: Contract, by: Actor) -> Proof:
    """Examine and store the one file that is to prove something; without one give an empty proof.

    It runs before the deed, outside any transaction, and by the rules of attachments. Without its deed the content
    is mere bytes that nothing leads to, and goes after two days.

    Raises:
        FilesRefused: it is not taken: more than one, another kind, too large, empty, or not what its name says.
    """
    if not offered:
        return Proof()
    names = [clean_name(one.name) for one in offered]
    if len(offered) > 1:
        raise FilesRefused([Refusal(name, Why.TOO_MANY) for name in names[1:]])
    if names[0].rpartition(".")[2].lower() not in PROOF_KINDS:
        raise FilesRefused([Refusal(names[0], Why.KIND)])
    (kept,) = take_files(offered, contract=contract, by=by)
    return Proof(kept.name, kept.content_type, kept.size, kept.key)


@deed("request_education")
def request_education(*, contract_ref: str, wanted: WantedEducation, by: Actor) -> EducationRequest:
    """Keep a request for education terms, and tell both sides by mail.

    Raises:
        UnknownContract: no such contract.
        NotOffered, ProofMissing: see there.
        EducationOpen: one waits already, perhaps this one sent twice.
        TooManyRequests: the contract asked often enough for a day.
    """
    contract = lock_contract(ref=contract_ref)
    category = next((one for one in offered_categories() if one.key == wanted.category), None)
    if category is None:
        raise NotOffered(wanted.category)
    if category.needs_proof and not wanted.proof.key:
        raise ProofMissing(category.key)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        row = add_education_request(
            contract=contract,
            category=category,
            institution=wanted.institution,
            statement=wanted.statement,
            proof=wanted.proof,
            person_ref=by.ref,
        )
    mail_asker("education_requested", row)
    mail_sales(row)
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={
            "contract": contract.number,
            "request": row.ref,
            "category": category.key,
            "proof": bool(wanted.proof.key),
        },
        personal={"institution": wanted.institution},
    )
    return row
