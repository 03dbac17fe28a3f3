"""The form of a help article."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import validate_slug
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.choices import LANGUAGES
from torhaus.backoffice.forms import StaffForm, number_field, offer, text_field
from torhaus.core.texts import text_in
from torhaus.support.edit_article import ArticleText, related_slugs
from torhaus.support.models import Article

LONGEST_BODY = 100_000


class ArticleForm(StaffForm):
    """Title and Markdown in each language, address, related articles, place in the list."""

    slug = text_field(
        _("Address"), 80, help_text=_("Small letters, digits and hyphens: it stands in the article’s link.")
    )
    position = number_field(_("Place in the list"), least=0, most=10_000, help_text=_("Small numbers stand on top."))
    published = forms.BooleanField(label=_("Customers can read it"), required=False)
    related = forms.MultipleChoiceField(
        label=_("Related articles"), required=False, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, others: list[Article], article: Article | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _initial(article) if article else {"position": 0}
        super().__init__(*args, **kwargs)
        language = (get_language() or "en")[:2]
        choices = [(one.slug, text_in(one.title, language) or one.slug) for one in others if one != article]
        offer(self, "related", choices)
        for code, name in settings.LANGUAGES:
            self.fields[f"title_{code}"] = text_field(
                _("Title in %(language)s") % {"language": LANGUAGES.get(code, name)}, 160, required=False
            )
            area = forms.Textarea(attrs={"rows": 14, "maxlength": LONGEST_BODY, "lang": code})
            body = forms.CharField(
                label=_("Text in %(language)s") % {"language": LANGUAGES.get(code, name)},
                widget=area,
                required=False,
                max_length=LONGEST_BODY,
            )
            self.fields[f"body_{code}"] = body

    def clean_slug(self) -> str:
        """Give the address as it stands in a link."""
        slug: str = self.cleaned_data["slug"].lower()
        try:
            validate_slug(slug)
        except forms.ValidationError:
            raise forms.ValidationError(_("Use only letters from a to z, digits and hyphens.")) from None
        return slug

    def clean_seen(self) -> datetime | None:
        """Give when the article had last been changed as it was opened."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None

    def clean(self) -> dict[str, Any]:
        """Ask for title and text together, in one language at least."""
        said = super().clean() or {}
        whole = 0
        for code, _name in settings.LANGUAGES:
            title, body = (str(said.get(f"{part}_{code}") or "").strip() for part in ("title", "body"))
            whole += bool(title and body)
            if bool(title) != bool(body):
                missing = "body" if title else "title"
                self.add_error(f"{missing}_{code}", _("An article has both, a title and a text. Add this one."))
        if not whole and not self.errors:
            self.add_error(f"title_{settings.LANGUAGES[0][0]}", _("Write title and text in at least one language."))
        return said

    def text(self) -> ArticleText:
        """Give what a valid form says."""
        said = self.cleaned_data
        codes = [code for code, _name in settings.LANGUAGES if said.get(f"title_{code}") and said.get(f"body_{code}")]
        return ArticleText(
            slug=said["slug"],
            title={code: said[f"title_{code}"] for code in codes},
            body={code: said[f"body_{code}"].replace("\r\n", "\n") for code in codes},
            published=said["published"],
            position=said["position"],
            related=said["related"],
        )


def _initial(article: Article) -> dict[str, Any]:
    titles = {f"title_{code}": text for code, text in article.title.items()}
    bodies = {f"body_{code}": text for code, text in article.body.items()}
    own = {"slug": article.slug, "position": article.position, "published": article.published}
    return titles | bodies | own | {"related": related_slugs(article), "seen": article.changed_at.isoformat()}
