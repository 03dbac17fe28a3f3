"""Forms of customers: finding and creating them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.choices import LANGUAGES
from torhaus.backoffice.forms import StaffForm, offer, text_field
from torhaus.billing.models import InvoiceFormat, PaymentMethod
from torhaus.frame.countries import countries
from torhaus.frame.words import INVOICE_FORMATS, PAYMENT_METHODS
from torhaus.journeys.create_customer import NewCustomer


class SearchForm(StaffForm):
    """What to look customers up by."""

    says_optional = False

    q = text_field(
        _("Begins with"),
        160,
        required=False,
        help_text=_("Name, customer number, contract number or a contact’s email address."),
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    anywhere = forms.BooleanField(required=False)


class CustomerForm(StaffForm):
    """A new customer with address, contact and billing account."""

    number = text_field(_("Customer number"), 40)
    name = text_field(_("Name"), 160)
    language = forms.ChoiceField(label=_("Language of mails"), choices=LANGUAGES.items())
    vat_id = text_field(_("VAT ID"), 20, required=False)
    extra = text_field(_("Address, further line"), 160, required=False)
    street = text_field(_("Street and number"), 160, required=False)
    postal_code = text_field(_("Postal code"), 20, required=False)
    city = text_field(_("City"), 80)
    country = forms.ChoiceField(label=_("Country"))
    contact_name = text_field(_("Contact’s name"), 120)
    contact_mail = forms.EmailField(label=_("Contact’s email address"), max_length=254)
    contact_phone = text_field(_("Contact’s phone number"), 40, required=False)
    payment_method = forms.ChoiceField(label=_("Payment method"), choices=PAYMENT_METHODS.items())
    invoice_format = forms.ChoiceField(label=_("Invoices arrive"), choices=INVOICE_FORMATS.items())
    billing_mail = forms.EmailField(
        label=_("Email address for invoices"),
        max_length=254,
        required=False,
        help_text=_("Left empty, invoices go to the contact."),
    )
    with_contract = forms.BooleanField(label=_("Create the first contract too"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "country", countries())

    def new_customer(self) -> NewCustomer:
        """Give what a valid form says."""
        said = self.cleaned_data
        return NewCustomer(
            number=said["number"],
            name=said["name"],
            language=said["language"],
            vat_id=said["vat_id"],
            address_extra=said["extra"],
            street=said["street"],
            postal_code=said["postal_code"],
            city=said["city"],
            country=said["country"],
            contact_name=said["contact_name"],
            contact_mail=said["contact_mail"],
            contact_phone=said["contact_phone"],
            payment_method=PaymentMethod(said["payment_method"]),
            invoice_format=InvoiceFormat(said["invoice_format"]),
            billing_mail=said["billing_mail"],
        )
