"""Tags of the staff pages: the summary of what is wrong in a form, and words for stored values."""

from typing import Any

from django import template
from django.forms import BaseForm

from torhaus.backoffice import choices
from torhaus.backoffice.releases.forms import CHANNELS
from torhaus.billing.models import InvoiceFormat, PaymentMethod
from torhaus.frame.countries import countries
from torhaus.frame.words import ENVIRONMENTS, INVOICE_FORMATS, PAYMENT_METHODS
from torhaus.organisations.models import AddressKind, ContactRole
from torhaus.releases.models import Channel

register = template.Library()


@register.inclusion_tag("backoffice/_errors.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """Show all errors of the forms in one place, each linked to its field."""
    return {"errors": [error for form in forms for error in _errors(form)]}


def _errors(form: BaseForm) -> list[dict[str, str]]:
    found = []
    if form.is_bound:
        for name, texts in form.errors.items():
            field = form[name] if name in form.fields else None
            shown = field is not None and not field.is_hidden
            target, label = (field.id_for_label or field.auto_id, str(field.label)) if field and shown else ("", "")
            found += [{"target": target, "label": label, "text": str(text)} for text in texts]
    return found


@register.filter
def environment_word(environment: str) -> str:
    """Name what an installation is for."""
    return str(ENVIRONMENTS.get(environment, environment))


@register.filter
def language_word(code: str) -> str:
    """Name the language of a customer's mails."""
    return str(choices.LANGUAGES.get(code, code))


@register.filter
def country_word(code: str) -> str:
    """Name a country in the page's language."""
    return dict(countries()).get(code, code)


@register.filter
def address_word(kind: str) -> str:
    """Say what an address is for."""
    return str(choices.ADDRESS_KINDS[AddressKind(kind)])


@register.filter
def contact_word(role: str) -> str:
    """Say what a contact is asked about."""
    return str(choices.CONTACT_ROLES[ContactRole(role)])


@register.filter
def payment_word(method: str) -> str:
    """Say how a customer pays."""
    return str(PAYMENT_METHODS[PaymentMethod(method)])


@register.filter
def format_word(invoice_format: str) -> str:
    """Say how invoices reach a customer."""
    return str(INVOICE_FORMATS[InvoiceFormat(invoice_format)])


@register.filter
def channel_word(channel: str) -> str:
    """Say how finished a version is."""
    return str(CHANNELS[Channel(channel)])
