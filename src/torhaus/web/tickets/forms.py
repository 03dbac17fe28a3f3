"""The forms of a ticket: ask (B22, B23) and answer."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torhaus.core.random import base62
from torhaus.frame.formatting import number_text
from torhaus.support.rules import MAX_BODY, BodyEmpty, BodyTooLong, body_length, clean_body

NONCE = 22
_NONCE = re.compile(rf"[0-9A-Za-z]{{{NONCE}}}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class BodyField(forms.CharField):
    """A text in Markdown, counted as the browser counts it."""

    def __init__(self, **options: Any) -> None:
        rows = options.pop("rows", 10)
        widget = forms.Textarea(attrs={"rows": rows, "maxlength": MAX_BODY, "data-count": "body_count"})
        super().__init__(strip=False, required=False, widget=widget, **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Say that it has to be filled in; ``required`` is ours to check, since blanks alone are no text."""
        return super().widget_attrs(widget) | {"aria-required": "true"}

    def clean(self, value: Any) -> str:
        """Give the text as it is kept.

        Raises:
            ValidationError: it is empty or too long.
        """
        text = str(value or "")
        try:
            return clean_body(text)
        except BodyEmpty:
            raise forms.ValidationError(self.error_messages["required"], code="required") from None
        except BodyTooLong:
            counts = {"count": number_text(body_length(text)), "most": number_text(MAX_BODY)}
            message = _(
                "This has %(count)s characters, and %(most)s are possible. Shorten it, or attach a part of it as a file."
            )
            raise forms.ValidationError(message % counts, code="max_length") from None


class AnswerForm(forms.Form):
    """Something to say. ``nonce`` makes one message of a form that is sent twice."""

    body = BodyField(
        label=gettext_lazy("Your message"), rows=6, error_messages={"required": gettext_lazy("Write your message.")}
    )
    nonce = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.initial.setdefault("nonce", base62(NONCE))

    def clean_nonce(self) -> str:
        """Read the nonce; a form without a proper one gets one now."""
        given = str(self.cleaned_data["nonce"])
        return given if _NONCE.fullmatch(given) else base62(NONCE)

    def shown_errors(self) -> list[dict[str, str]]:
        """Give all errors for the summary, each with the field to go to."""
        found = []
        for name, texts in self.errors.items():
            field = self[name] if name in self.fields and not self[name].is_hidden else None
            target, label = (field.id_for_label, str(field.label)) if field else ("", "")
            found += [{"target": target, "label": label, "text": str(text)} for text in texts]
        return found


class TicketForm(AnswerForm):
    """A question: where to answer, what it is about, and the question itself (B22)."""

    mail = forms.EmailField(
        label=gettext_lazy("Email address"),
        max_length=254,
        help_text=gettext_lazy("We answer there, and on this portal."),
        error_messages={
            "required": gettext_lazy("Enter the email address we should answer to."),
            "invalid": gettext_lazy("Enter an email address such as name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "required": True}),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("What is it about?"),
        error_messages={
            "required": gettext_lazy("Choose what it is about."),
            "invalid_choice": gettext_lazy("Choose what it is about."),
        },
    )
    product_version = forms.CharField(
        label=gettext_lazy("Your product’s version (optional)"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("It often shortens the way to an answer."),
        error_messages={"max_length": gettext_lazy("Enter a version such as 34.1, of at most 40 characters.")},
        widget=forms.TextInput(attrs={"list": "versions", "autocomplete": "off"}),
    )
    body = BodyField(
        label=gettext_lazy("Description"),
        rows=10,
        help_text=gettext_lazy("What did you do, what did you expect, what happened? Markdown is possible."),
        error_messages={"required": gettext_lazy("Describe what you need.")},
    )
    article = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("mail", "reason", "product_version", "body")
    use_required_attribute = False

    def __init__(self, *args: Any, reasons: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Please choose")), *reasons]
        chosen = self.fields["reason"]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101 - declared above; for the type checker
        chosen.choices = choices

    def clean_product_version(self) -> str:
        """Read the version on one line."""
        return " ".join(_UNSEEN.sub(" ", str(self.cleaned_data["product_version"])).split())
