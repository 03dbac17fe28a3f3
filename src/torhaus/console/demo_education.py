"""The demo's education terms: one contract has them and is to prove it anew soon, for another one they were asked."""

from datetime import timedelta

from django_scopes import scope

from torhaus.accounts.queries import person_with_mail
from torhaus.console.words import CONSOLE
from torhaus.core import clock
from torhaus.core.storage import file_store
from torhaus.journeys.decide_education import grant_education
from torhaus.journeys.import_data.demo import one_page_pdf
from torhaus.journeys.request_education import WantedEducation, request_education
from torhaus.records.deeds import Actor
from torhaus.records.models import ActorKind
from torhaus.seats.holders import vendors_today
from torhaus.subscriptions.education import Proof, education_of
from torhaus.subscriptions.models import Contract, EducationRequest
from torhaus.subscriptions.queries import contract_numbered_across_customers

GRANTED, REQUESTED = "V-10502-2", "V-10502-1"
ASKER = "jonas.weber@weidenfels.example"
SINCE, LEFT = timedelta(days=130), timedelta(days=47)
INSTITUTION = "Universität Weidenfels"


def load_demo_education() -> None:
    """Grant one contract education terms that end soon, and let another ask; what is there stays as it is."""
    granted, requested = (contract_numbered_across_customers(number) for number in (GRANTED, REQUESTED))
    if granted is not None and not _known(granted):
        last = vendors_today() + LEFT
        with clock.shifted(-SINCE):
            row = _ask(granted, "Lehrstühle und Verwaltung teilen Unterlagen mit Gutachtern.")
            grant_education(request_ref=row.ref, ends_on=last, percent=row.category.percent, by=CONSOLE)
    if requested is not None and not _known(requested):
        _ask(requested, "Das Rechenzentrum dokumentiert die Netze der Fakultäten.")


def _known(contract: Contract) -> bool:
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        return education_of(contract.pk, vendors_today()).state != "none"


def _ask(contract: Contract, statement: str) -> EducationRequest:
    text = [(16, "Land Franken - Ministerium für Wissenschaft"), (12, ""), (12, "Bestätigung / Confirmation")]
    text += [(12, INSTITUTION), (12, f"{vendors_today():%Y}"), (10, "Beispiel der Demo. / Sample of the demo.")]
    stored = file_store().put([one_page_pdf(text)])
    proof = Proof("bestaetigung.pdf", "application/pdf", stored.size, stored.key)
    person = person_with_mail(ASKER)
    by = Actor(ActorKind.PERSON, person.ref, person.mail) if person else CONSOLE
    wanted = WantedEducation("schools", INSTITUTION, statement, proof)
    return request_education(contract_ref=contract.ref, wanted=wanted, by=by)
