"""Reads of help articles, which belong to no customer, and the count of whom they helped."""

import re
from dataclasses import dataclass

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, NullIf, StrIndex

from torhaus.core.markdown import markdown_words
from torhaus.core.texts import Texts
from torhaus.records.deeds import housekeeping
from torhaus.support.models import Article
from torhaus.support.rules import folded, search_terms

LANGUAGES = ("de", "en")
EXCERPT = 180
_SPACED = re.compile(r" ([.,;:!?)])")


@dataclass(frozen=True)
class Shown:
    """An article in one language: the wanted one, else one it has; ``language`` says which ("" is for all)."""

    article: Article
    language: str
    title: str
    body: str

    @property
    def excerpt(self) -> str:
        """The first words of the body."""
        words = _SPACED.sub(r"\1", markdown_words(self.body))
        return words if len(words) <= EXCERPT else words[:EXCERPT].rsplit(" ", 1)[0] + " …"


def searchable(title: Texts, body: Texts) -> Texts:
    """Give what ``Article.words`` holds: title and words of the body, folded, by language. The title comes first."""
    return {
        language: f"{folded(title.get(language, ''))}\n{folded(markdown_words(body.get(language, '')))}"
        for language in title.keys() | body.keys()
        if title.get(language) and body.get(language)
    }


def shown_in(article: Article, language: str) -> Shown | None:
    """Give an article in ``language``, else in one it has whole; None if there is none."""
    for code in (language, "", *LANGUAGES, *sorted(article.title)):
        if article.title.get(code) and article.body.get(code):
            return Shown(article, code, article.title[code], article.body[code])
    return None


def published_articles() -> QuerySet[Article]:
    """Give the articles everybody may read, in the vendor's order."""
    return Article.objects.filter(published=True).order_by("position", "pk")


def found_articles(text: str, language: str) -> QuerySet[Article]:
    """Give the published articles that have every word of ``text`` in the language they are shown in.

    What has the first word nearer to its beginning, where the title stands, comes first. Umlauts are found
    by either spelling, and small or capital letters are the same.
    """
    terms = search_terms(text)
    if not terms:
        return published_articles()
    found = published_articles().annotate(shown_words=_shown_words(language))
    for term in terms:
        found = found.filter(shown_words__contains=term)
    return found.annotate(place=StrIndex("shown_words", Value(terms[0]))).order_by("place", "position", "pk")


def _shown_words(language: str) -> Coalesce:
    """Give the words in the language that :func:`shown_in` chooses."""
    nothing = Value("", output_field=TextField())
    keys = dict.fromkeys((language, *LANGUAGES))
    return Coalesce(*(NullIf(KT(f"words__{key}"), nothing) for key in keys), nothing)


def article_by_slug(slug: str) -> Article | None:
    """Find a published article."""
    return published_articles().filter(slug=slug).first()


def related_to(article: Article) -> list[Article]:
    """Give the published articles that an article leads to."""
    return list(article.related.filter(published=True).order_by("position", "pk")[:10])


@housekeeping
def count_help(*, slug: str, helped: bool) -> bool:
    """Count a reader whom an article helped, or did not; gives whether there is such an article."""
    column = "helped" if helped else "did_not_help"
    return bool(published_articles().filter(slug=slug).order_by().update(**{column: F(column) + 1}))
