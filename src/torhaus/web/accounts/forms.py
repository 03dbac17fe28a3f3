"""The form of the licence token."""

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus_sdk.tokens import MalformedToken, Token, parse_token


class TokenForm(forms.Form):
    """One field. What cannot be a token is told so here, before anything is looked up."""

    # No maxlength: it would cut a pasted token in silence. The parser bounds the length.
    token = forms.CharField(
        label=_("Licence token"),
        help_text=_("You received it with your order. Spaces and line breaks do not matter."),
        error_messages={"required": _("Paste or type your licence token.")},
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "autocapitalize": "none", "spellcheck": "false"}
        ),
        strip=True,
    )

    def clean_token(self) -> Token:
        """Read the token's parts and checksum."""
        try:
            return parse_token(self.cleaned_data["token"])
        except MalformedToken as error:
            raise forms.ValidationError(
                _("This is no complete licence token: characters are missing, added or mistyped. Copy it again whole."),
                code="malformed",
            ) from error
