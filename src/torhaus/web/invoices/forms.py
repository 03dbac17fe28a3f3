"""The filter over the list of invoices. It is a GET form: every state of the list is a URL."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.billing.queries import UNPAID, InvoiceFilter
from torhaus.billing.rules import Shown
from torhaus.frame.words import INVOICE_LOOKS


class InvoiceFilterForm(forms.Form):
    """Status, year and text. What is invalid is explained at its field and left out of the filter."""

    text = forms.CharField(
        label=_("Number or text"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "class": "grow"}),
    )
    status = forms.ChoiceField(label=_("Status"), required=False)
    year = forms.IntegerField(
        label=_("Year"),
        required=False,
        min_value=1900,
        max_value=9999,
        error_messages={"invalid": _("This is not a year. All years are shown.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(str(state), INVOICE_LOOKS[state].text) for state in Shown]
        status: Any = self.fields["status"]
        status.choices = [("", _("All")), (UNPAID, _("Not paid")), *states]
        status.error_messages["invalid_choice"] = _("There is no such status. All are shown.")
        for field in ("min_value", "max_value"):
            self.fields["year"].error_messages[field] = _("This is not a year. All years are shown.")

    def years(self, first: int | None, last: int) -> list[tuple[str, Any]]:
        """Give the years since the first invoice, the latest first, and the chosen one in any case, as choices."""
        found = set(range(first, last + 1)) if first else set()
        chosen = self.wanted().year
        found |= {chosen} if chosen else set()
        return [("", _("All")), *((str(year), year) for year in sorted(found, reverse=True))]

    def wanted(self) -> InvoiceFilter:
        """Give the filter of what is valid."""
        self.is_valid()
        given = self.cleaned_data
        return InvoiceFilter(status=given.get("status", ""), year=given.get("year"), text=given.get("text", "").strip())
