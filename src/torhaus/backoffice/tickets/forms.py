"""Forms of tickets: finding, answering, noting, assigning, merging, canned answers."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from torhaus.accounts.models import User
from torhaus.backoffice.choices import LANGUAGES
from torhaus.backoffice.forms import StaffForm, offer, text_field
from torhaus.backoffice.tickets.words import TICKET_LOOKS
from torhaus.support.canned import PLACES, unknown_places
from torhaus.support.models import CannedAnswer, Ticket, TicketState
from torhaus.support.rules import MAX_BODY, BodyEmpty, BodyTooLong, clean_body

NOBODY, EVERYBODY = "nobody", "all"
FINISHED = "finished"


class QueueForm(StaffForm):
    """What the queue shows."""

    says_optional = False

    q = text_field(
        _("Number, subject, customer or address"),
        160,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[*((state.value, look.text) for state, look in TICKET_LOOKS.items()), (EVERYBODY, _("All"))],
        required=False,
    )
    worker = forms.ChoiceField(label=_("Worked on by"), required=False)
    customer = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, me: User, workers: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(user.ref, user.name) for user in workers if user.pk != me.pk]
        fixed = [("", _("Everybody")), (me.ref, _("Me")), (NOBODY, _("Nobody"))]
        offer(self, "worker", [*fixed, *others])


def _text(label: Any, **options: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 8, "maxlength": MAX_BODY})
    return forms.CharField(label=label, widget=area, strip=False, required=False, **options)


class _Written(StaffForm):
    """A text with the mark that makes a form sent twice one message."""

    says_optional = False
    nonce = forms.CharField(max_length=22, required=False, widget=forms.HiddenInput)

    def _clean_text(self, name: str) -> str:
        try:
            return clean_body(self.cleaned_data.get(name) or "")
        except BodyEmpty:
            raise forms.ValidationError(_("Write something first.")) from None
        except BodyTooLong:
            raise forms.ValidationError(
                _("This is longer than %(most)s characters. Shorten it, or attach a file."), params={"most": MAX_BODY}
            ) from None


class AnswerForm(_Written):
    """An answer to the customer. ``seen`` is the last message its author had read."""

    body = _text(
        _("Answer"), help_text=_("Markdown: **bold**, `code`, - lists. The customer sees it and gets it by mail.")
    )
    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def clean_body(self) -> str:
        """Give the answer as it is kept."""
        return self._clean_text("body")


class NoteForm(_Written):
    """An internal note."""

    note = _text(_("Internal note"), help_text=_("Only staff read it."))

    def clean_note(self) -> str:
        """Give the note as it is kept."""
        return self._clean_text("note")


class AssignForm(StaffForm):
    """Who works on a ticket."""

    says_optional = False
    worker = forms.ChoiceField(label=_("Worked on by"), required=False)

    def __init__(self, *args: Any, workers: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "worker", [("", _("Nobody")), *((user.ref, user.name) for user in workers)])


class StateForm(StaffForm):
    """Whose turn it is to be."""

    state = forms.ChoiceField(
        choices=[(state, state) for state in (TicketState.OPEN, TicketState.WAITING, TicketState.CLOSED)]
    )


class MergeForm(StaffForm):
    """Into which ticket another goes, by its number."""

    into = text_field(_("Ticket in which it goes on"), 20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].error_messages["required"] = _("Choose a ticket.")


class CannedForm(StaffForm):
    """A canned answer: a title for the staff and a text in each of the vendor's languages."""

    title = text_field(_("Title"), 120, help_text=_("Only staff see it."))

    def __init__(self, *args: Any, canned: CannedAnswer | None = None, **kwargs: Any) -> None:
        if canned is not None:
            bodies = {f"body_{code}": text for code, text in canned.body.items()}
            kwargs["initial"] = {"title": canned.title, **bodies}
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            field = _text(_("Text in %(language)s") % {"language": LANGUAGES.get(code, name)})
            field.widget.attrs |= {"lang": code, "autocomplete": "off"}
            self.fields[f"body_{code}"] = field

    def clean(self) -> dict[str, Any]:
        """Ask for a text in one language at least, and refuse places that would stay empty."""
        said = super().clean() or {}
        texts = {f"body_{code}": (said.get(f"body_{code}") or "").strip() for code, _name in settings.LANGUAGES}
        if not any(texts.values()):
            self.add_error(f"body_{settings.LANGUAGES[0][0]}", _("Write the text in at least one language."))
        for name, text in texts.items():
            if wrong := unknown_places(text):
                known = ", ".join(f"{{{place}}}" for place in PLACES)
                self.add_error(
                    name,
                    _("There is no %(wrong)s to be filled in. There are: %(known)s.")
                    % {"wrong": f"{{{wrong[0]}}}", "known": known},
                )
            if len(text) > MAX_BODY:
                self.add_error(name, _("This is longer than %(most)s characters. Shorten it.") % {"most": MAX_BODY})
        return said

    def bodies(self) -> dict[str, str]:
        """Give the texts of a valid form, by language."""
        texts = {code: (self.cleaned_data.get(f"body_{code}") or "").strip() for code, _name in settings.LANGUAGES}
        return {code: text.replace("\r\n", "\n") for code, text in texts.items() if text}


def places_of(ticket: Ticket, staff: User) -> dict[str, str]:
    """Give what a canned answer's places are filled with."""
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "customer": ticket.contract.customer.name,
        "staff": staff.name,
    }
