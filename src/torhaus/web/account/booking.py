"""Book more licences: ask for a new total, see what it costs, and send the request. Nothing is ordered by it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from torhaus.core.texts import text_in
from torhaus.core.vat_ids import fits_country, tidy_vat_id, vat_id_example
from torhaus.frame.access import actor_of, viewer_may, viewer_of
from torhaus.frame.countries import countries
from torhaus.frame.formatting import number_text
from torhaus.journeys.request_booking import MOST, BookedMeanwhile, NotBookable, NotMore, Wanted
from torhaus.journeys.request_booking import request_booking as request_booking_deed
from torhaus.journeys.seat_offer import Offers, SeatOffer, preview_of, reduction_of, seat_offers
from torhaus.organisations.queries import billing_address
from torhaus.subscriptions.booking_requests import RequestOpen, open_requests_of
from torhaus.subscriptions.education_rules import Reduction
from torhaus.subscriptions.models import BookingRequest
from torhaus.subscriptions.price_rules import Preview
from torhaus.subscriptions.queries import agreement_of
from torhaus.subscriptions.rules import standing
from torhaus.web.words import vendor_today


class BookMoreForm(forms.Form):
    """The new total, the country and the VAT ID. ``booked`` is what was booked when the page was shown."""

    kind = forms.CharField(max_length=60, widget=forms.HiddenInput)
    booked = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    total = forms.IntegerField(
        label=_("Licences in total"),
        max_value=MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("Enter how many you want to have in total."),
            "invalid": _("Enter a whole number, without dots or letters."),
            "max_value": format_lazy(_("Enter a number up to {most}."), most=MOST),
        },
    )
    country = forms.ChoiceField(
        label=_("Country"), error_messages={"invalid_choice": _("Choose a country from the list.")}
    )
    vat_id = forms.CharField(
        label=_("VAT ID (optional)"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, offer: SeatOffer, example: str, **kwargs: Any) -> None:
        kwargs["label_suffix"] = ""
        super().__init__(*args, **kwargs)
        self.offer = offer
        total: Any = self.fields["total"]
        total.help_text = _("All together, not how many more. %(booked)s are booked now.") % {
            "booked": number_text(offer.booked)
        }
        self.fields["vat_id"].help_text = gettext("Of your company, as it stands on invoices.")
        if example:
            said = gettext("Of your company, as it stands on invoices, such as %(example)s.")
            self.fields["vat_id"].help_text = said % {"example": example}
        country: Any = self.fields["country"]
        country.choices = countries()

    def clean_total(self) -> int:
        """Refuse what is not more than what is booked."""
        total: int = self.cleaned_data["total"]
        if total <= self.offer.booked:
            said = gettext("Enter more than the %(booked)s that are booked. To book fewer, talk to our sales team.")
            raise ValidationError(said % {"booked": number_text(self.offer.booked)})
        return total

    def clean(self) -> dict[str, Any]:
        """Check the form of the VAT ID by the country."""
        said = super().clean() or {}
        said["vat_id"] = tidy_vat_id(said.get("vat_id", ""))
        if said["vat_id"] and "country" in said and not fits_country(said["vat_id"], said["country"]):
            self.add_error(
                "vat_id", gettext("This is no VAT ID of that country. Compare it with one of your invoices.")
            )
        return said


@viewer_may("request_booking")
@require_http_methods(["GET", "HEAD", "POST"])
def request_booking(request: HttpRequest) -> HttpResponse:
    """Ask for the new total, show what it comes to, and send the request once that was confirmed."""
    contract = viewer_of(request).contract
    _vendor, today = vendor_today(request)
    offers = seat_offers(contract, today)
    sent = request.POST if request.method == "POST" else None
    wanted = (sent or request.GET).get("kind", "")
    offer = offers.of(wanted) or (offers.kinds[0] if offers.kinds else None)
    waiting = open_requests_of(contract.pk)
    if offer is None or offers.legacy or (sent is not None and offers.of(wanted) is None):
        return _show(request, offers, None, waiting, status=200 if sent is None else 422)
    form = BookMoreForm(sent, offer=offer, example=_example(request), initial=_known(request, offer))
    step = sent.get("step", "") if sent is not None else ""
    if sent is None or step == "change" or any(one.item_id == offer.item.pk for one in waiting):
        return _show(request, offers, form, waiting)
    if not form.is_valid():
        return _show(request, offers, form, waiting, status=422)
    if form.cleaned_data["booked"] != offer.booked:
        return _ask_again(request, offers, offer, waiting)
    if step != "confirm":
        return _review(request, form)
    price = _price(_preview(request, form), _reduction(request))
    if request.POST.get("shown", price) != price:  # over midnight, or the list changed: nobody agreed to this one
        return _review(request, form, changed=True)
    return _send(request, form, offers, waiting)


def _known(request: HttpRequest, offer: SeatOffer) -> dict[str, Any]:
    """Give what the portal knows already, so that nobody enters it again."""
    address = billing_address()
    return {
        "kind": offer.item.key,
        "booked": offer.booked,
        "country": address.country if address else vendor_today(request)[0].country,
        "vat_id": viewer_of(request).contract.customer.vat_id,
    }


def _example(request: HttpRequest) -> str:
    """Give what VAT IDs look like where the vendor, and so most of its customers, are."""
    return vat_id_example(vendor_today(request)[0].country)


def _show(
    request: HttpRequest,
    offers: Offers,
    form: BookMoreForm | None,
    waiting: list[BookingRequest],
    *,
    status: int = 200,
) -> HttpResponse:
    offer = form.offer if form else None
    context = {
        "offers": offers,
        "offer": offer,
        "form": form,
        "waiting": next((one for one in waiting if offer and one.item_id == offer.item.pk), None),
    }
    return render(request, "web/account/request_booking.html", context, status=status)


def _ask_again(request: HttpRequest, offers: Offers, offer: SeatOffer, waiting: list[BookingRequest]) -> HttpResponse:
    """Show the form with what was entered, and say that another number is booked by now."""
    data: QueryDict = request.POST.copy()
    data["booked"] = str(offer.booked)
    form = BookMoreForm(data, offer=offer, example=_example(request))
    said = gettext("Meanwhile %(booked)s are booked. Nothing was sent. Check your total, and go on if it still fits.")
    form.add_error("total", said % {"booked": number_text(offer.booked)})
    return _show(request, offers, form, waiting, status=422)


def _preview(request: HttpRequest, form: BookMoreForm) -> Preview | None:
    vendor, today = vendor_today(request)
    contract, total = viewer_of(request).contract, form.cleaned_data["total"]
    return preview_of(contract, form.offer, total, currency=vendor.currency, today=today)


def _reduction(request: HttpRequest) -> Reduction:
    return reduction_of(viewer_of(request).contract, vendor_today(request)[1])


def _price(preview: Preview | None, reduction: Reduction) -> str:
    """Give a price in short, to tell whether it is still the one that was shown."""
    return f"{reduction.now_cents(preview)} {reduction.then_cents(preview)}" if preview else "-"


def _review(request: HttpRequest, form: BookMoreForm, *, changed: bool = False) -> HttpResponse:
    """Show what the total comes to: what comes with it, the price until the end of the term and from then on."""
    contract, total, offer = viewer_of(request).contract, form.cleaned_data["total"], form.offer
    vendor, today = vendor_today(request)
    preview, reduction, added = _preview(request, form), _reduction(request), total - offer.booked
    context = {
        "form": form,
        "offer": offer,
        "total": total,
        "added": added,
        "brings": [(item.name, added * each) for item, each in offer.following],
        "preview": preview,
        "shown": _price(preview, reduction),
        "reduction": reduction,
        "off_cents": preview.now_cents - reduction.now_cents(preview) if preview else 0,
        "now_cents": reduction.now_cents(preview) if preview else None,
        "then_cents": reduction.then_cents(preview) if preview else None,
        "changed": changed,
        "currency": vendor.currency,
        "standing": standing(agreement_of(contract), today),
        "term_months": contract.term_months,
    }
    return render(request, "web/account/review_booking.html", context, status=422 if changed else 200)


def _send(request: HttpRequest, form: BookMoreForm, offers: Offers, waiting: list[BookingRequest]) -> HttpResponse:
    said = form.cleaned_data
    wanted = Wanted(said["kind"], said["total"], said["booked"], said["country"], said["vat_id"])
    try:
        request_booking_deed(contract_ref=viewer_of(request).contract_ref, wanted=wanted, by=actor_of(request))
    except RequestOpen:
        messages.info(request, gettext("You have asked for more of these already. Our sales team will answer."))
    except (BookedMeanwhile, NotBookable, NotMore):
        offer = seat_offers(viewer_of(request).contract, vendor_today(request)[1]).of(said["kind"])
        return _ask_again(request, offers, offer or form.offer, waiting)
    else:
        name = text_in(form.offer.item.name, (get_language() or "en")[:2])
        text = gettext("Your request for %(total)s × %(kind)s is with our sales team. You get a mail when they decide.")
        messages.success(request, text % {"total": number_text(said["total"]), "kind": name})
    return redirect("web:price_plan")
