"""The deeds that end what the law made us keep.

Invoices go after eight years; what erased people wrote, and on what education terms were agreed, after six.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, override

from torhaus.billing.purge import INVOICE_YEARS, customers_with_invoices_to_purge, purge_customers_invoices
from torhaus.core import clock
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.records.models import ActorKind
from torhaus.subscriptions.education import purge_terms
from torhaus.subscriptions.education_rules import TERMS_YEARS
from torhaus.support.forget_author import LETTER_YEARS, purge_texts, texts_to_purge_across_customers
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import the_vendor

BY = Actor(ActorKind.SYSTEM, "retention")


@deed("purge_invoices")
def purge_invoices(*, customer_id: int | None, customer_ref: str, before_year: int, by: Actor) -> int:
    """Delete a customer's invoices whose eight years are over (§ 147 AO, § 14b UStG); give how many."""
    count = purge_customers_invoices(customer_id=customer_id, before_year=before_year)
    if not count:
        nothing_done()
        return 0
    after = {"invoices": count, "issued_until": before_year - 1}
    write_record(by=by, customer_ref=customer_ref, subject=("customer", customer_ref), after=after)
    return count


@deed("purge_ticket_texts")
def purge_ticket_texts(*, before_year: int, by: Actor) -> int:
    """Delete what people who were erased wrote, once its six years are over (§ 257 HGB, § 147 AO); give how many texts."""
    texts = texts_to_purge_across_customers(before=_begin(before_year))
    count = purge_texts(texts=texts, text_in=said_instead)
    if not count:
        nothing_done()
        return 0
    write_record(by=by, after={"texts": count, "written_until": before_year - 1})
    return count


@deed("purge_education_requests")
def purge_education_requests(*, before_year: int, by: Actor) -> int:
    """Empty institution and reason of requests for education terms, six years after the year of the decision.

    The terms themselves (group, days, percentage) stay with the contract: they tell of no person. Gives how many
    requests it were (§ 257(4) and (5) HGB, § 147(3) and (4) AO).
    """
    count = purge_terms(before=_begin(before_year))
    if not count:
        nothing_done()
        return 0
    write_record(by=by, after={"requests": count, "decided_until": before_year - 1})
    return count


def purge_retained() -> int:
    """Do all of it, as of today at the vendor's; give how many things went."""
    if not Vendor.objects.exists():
        return 0
    vendor = the_vendor()
    count = purge_ticket_texts(before_year=_first_kept(vendor, LETTER_YEARS), by=BY)
    count += purge_education_requests(before_year=_first_kept(vendor, TERMS_YEARS), by=BY)
    invoices = _first_kept(vendor, INVOICE_YEARS)
    for key, ref in customers_with_invoices_to_purge(before_year=invoices):
        count += purge_invoices(customer_id=key, customer_ref=ref, before_year=invoices, by=BY)
    return count


def _first_kept(vendor: Vendor, years: int) -> int:
    """Give the first year of which everything is still kept.

    A period does not end while the papers matter to a tax whose assessment is open (§ 147(3) AO, last sentence).
    """
    over = clock.today(vendor.time_zone).year - years
    return over if vendor.keep_from_year is None else min(over, vendor.keep_from_year)


def _begin(year: int) -> datetime:
    """Give the instant at which a year begins at the vendor's."""
    return datetime(year, 1, 1, tzinfo=ZoneInfo(the_vendor().time_zone))


def said_instead(language: str) -> str:
    """Give what stands where a text was."""
    with override(language):
        return gettext("This text was deleted: nobody has to keep it any more.")
