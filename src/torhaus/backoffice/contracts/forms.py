"""Forms of contracts and bookings. What they say is checked against the rules before anything is written."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.forms import StaffForm, day_field, number_field, offer, text_field
from torhaus.catalogue.models import Item, ItemKind, Product
from torhaus.core.texts import text_in
from torhaus.frame.words import CONTRACT_KINDS, ITEM_KINDS
from torhaus.journeys.add_booking import NewBooking
from torhaus.journeys.create_contract import NewContract
from torhaus.subscriptions.models import Booking, ContractKind
from torhaus.subscriptions.rules import add_months, plus_days

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


class ContractForm(StaffForm):
    """What a new contract says."""

    number = text_field(_("Contract number"), 60)
    product = forms.ChoiceField(label=_("Product"))
    kind = forms.ChoiceField(label=_("Kind"), choices=CONTRACT_KINDS.items(), initial=ContractKind.SUBSCRIPTION)
    starts_on = day_field(_("First day"), help_text=_("The contract counts from this day on."))
    term_months = number_field(
        _("Term in months"), least=1, most=1200, required=False, help_text=_("Leave empty for a licence without end.")
    )
    ends_on = day_field(_("Last day"), required=False, help_text=_("Left empty, it follows from first day and term."))
    auto_renews = forms.BooleanField(label=_("Renews by itself for the same term"), required=False)
    notice_days = number_field(
        _("Notice period in days"),
        least=0,
        most=3650,
        required=False,
        help_text=_("Left empty, it is 14 days for monthly terms and 30 days for longer ones."),
    )
    maintenance_until = day_field(
        _("Maintenance until"),
        required=False,
        help_text=_("Last day whose versions a perpetual licence may fetch. Left empty, there is no such day."),
    )
    offline_days = number_field(
        _("Life of an offline licence in days"),
        least=1,
        most=3660,
        required=False,
        help_text=_("Left empty, it is 30 days. Longer ones cannot be called back for as long."),
    )
    grace_days = number_field(
        _("Grace in days"),
        least=0,
        most=3660,
        required=False,
        help_text=_("How long the product goes on after the end. Left empty, it is your usual grace."),
    )

    def __init__(self, *args: Any, products: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.products = {product.key: product for product in products}
        language = (get_language() or "en")[:2]
        choices = [(key, text_in(product.name, language)) for key, product in self.products.items()]
        offer(self, "product", choices)

    def clean_starts_on(self) -> date:
        """Refuse days that are typing errors."""
        return _within(self.cleaned_data["starts_on"])

    def clean_ends_on(self) -> date | None:
        """Refuse days that are typing errors."""
        given: date | None = self.cleaned_data["ends_on"]
        return _within(given) if given else None

    def clean_maintenance_until(self) -> date | None:
        """Refuse days that are typing errors."""
        given: date | None = self.cleaned_data["maintenance_until"]
        return _within(given) if given else None

    def clean(self) -> dict[str, Any]:
        """Work out the last day, and refuse what cannot be agreed."""
        said = super().clean() or {}
        starts, ends, months = said.get("starts_on"), said.get("ends_on"), said.get("term_months")
        if starts and ends and ends < starts:
            self.add_error("ends_on", gettext("The last day lies before the first. Correct one of them."))
        if starts and not ends and months and "ends_on" not in self.errors:
            said["ends_on"] = plus_days(add_months(starts, months), -1)
        self._check_kind(said)
        return said

    def _check_kind(self, said: dict[str, Any]) -> None:
        if said.get("auto_renews") and said.get("kind") == ContractKind.EVALUATION:
            self.add_error("auto_renews", gettext("An evaluation ends by itself. Take this tick out."))
        elif said.get("auto_renews") and not said.get("term_months") and "term_months" not in self.errors:
            self.add_error("term_months", gettext("A contract that renews needs a term. Enter its length in months."))
        unlimited = not said.get("ends_on") and not {"ends_on", "term_months", "starts_on"} & set(self.errors)
        if unlimited and said.get("kind") != ContractKind.PERPETUAL:
            message = gettext("Enter a term or a last day. Only a perpetual licence has no end.")
            self.add_error("term_months", message)

    def agreed(self) -> NewContract:
        """Give what a valid form says."""
        said = self.cleaned_data
        return NewContract(
            number=said["number"],
            product=self.products[said["product"]],
            kind=ContractKind(said["kind"]),
            starts_on=said["starts_on"],
            ends_on=said["ends_on"],
            term_months=said["term_months"],
            auto_renews=said["auto_renews"],
            notice_days=said["notice_days"],
            maintenance_until=said["maintenance_until"],
            offline_days=said["offline_days"],
            grace_days=said["grace_days"],
        )


def _within(given: date) -> date:
    if not FIRST_DAY <= given <= LAST_DAY:
        raise ValidationError(gettext("Enter a day between 1990 and 2199."))
    return given


class BookingForm(StaffForm):
    """A line, what it holds from when on, and until when."""

    line = forms.ChoiceField(label=_("Line of the contract"), required=False)
    item = forms.ChoiceField(label=_("Item of the catalogue"), required=False)
    name = text_field(_("Name of its own"), 160, required=False, help_text=_("For what is not in the catalogue."))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("", "–"), *ITEM_KINDS.items()],
        required=False,
        help_text=_("Only with a name of its own."),
    )
    quantity = number_field(_("Quantity"), least=0, most=10**15, help_text=_("0 ends the line."))
    active_from = day_field(
        _("Active from"), required=False, help_text=_("Left empty, it counts from the contract’s start.")
    )
    until = day_field(_("Until and including"), required=False, help_text=_("Left empty, it has no end of its own."))
    last_seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, lines: dict[str, Booking], items: Sequence[Item], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        self.items = {item.key: item for item in items}
        language = (get_language() or "en")[:2]
        of_lines = [(line, f"{line}: {booked_name(booking, language)}") for line, booking in lines.items()]
        self._offer("line", _("A new line"), of_lines)
        self._offer("item", _("As on the line, or a name of its own"), _of_items(items, language))

    def _offer(self, field: str, nothing: Any, choices: Sequence[tuple[str, str]]) -> None:
        offer(self, field, [("", nothing), *choices])

    def clean_active_from(self) -> date | None:
        """Refuse days that are typing errors."""
        given: date | None = self.cleaned_data["active_from"]
        return _within(given) if given else None

    def clean_until(self) -> date | None:
        """Refuse days that are typing errors."""
        given: date | None = self.cleaned_data["until"]
        return _within(given) if given else None

    def clean(self) -> dict[str, Any]:
        """Refuse what says nothing, or two things at once."""
        said = super().clean() or {}
        if said.get("active_from") and said.get("until") and said["until"] < said["active_from"]:
            self.add_error(
                "until", gettext("This day lies before the one the booking is active from. Correct one of them.")
            )
        if said.get("item") and said.get("name"):
            self.add_error("name", gettext("Choose an item of the catalogue or enter a name, not both."))
        elif said.get("name") and not said.get("kind"):
            self.add_error("kind", gettext("Choose what kind of thing this is."))
        elif not said.get("line") and not said.get("item") and not said.get("name"):
            self.add_error("item", gettext("Choose a line, an item of the catalogue, or enter a name."))
        return said

    def booking(self) -> NewBooking:
        """Give what a valid form says; a line without a new item keeps the one it has."""
        said = self.cleaned_data
        item, name, kind = self.items.get(said["item"]), said["name"], said["kind"]
        standing = self.lines.get(said["line"])
        if item is not None:
            kind, name = item.kind, ""
        elif not name and standing is not None:
            item, kind, name = standing.item, standing.kind, standing.name
        return NewBooking(
            line=said["line"] or self._new_line(item, name),
            quantity=said["quantity"],
            kind=ItemKind(kind),
            item=item,
            name=name,
            active_from=said["active_from"],
            until=said["until"],
        )

    def _new_line(self, item: Item | None, name: str) -> str:
        """Give a name for a new line that no other line of the contract has."""
        wanted = (item.key if item else slugify(name))[:50] or "line"
        taken, count = set(self.lines), 2
        line = wanted
        while line in taken:
            line, count = f"{wanted}-{count}", count + 1
        return line


def _of_items(items: Sequence[Item], language: str) -> list[tuple[str, str]]:
    return [(item.key, f"{ITEM_KINDS[ItemKind(item.kind)]}: {text_in(item.name, language)}") for item in items]


def booked_name(booking: Booking, language: str) -> str:
    """Give what a booking is called on a page in ``language``."""
    if booking.name:
        return booking.name
    return text_in(booking.item.name, language) if booking.item else str(ITEM_KINDS[ItemKind(booking.kind)])
