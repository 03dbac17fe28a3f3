"""The deeds ``create_article`` and ``edit_article``: the vendor's own help, in its languages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from torhaus.core import clock
from torhaus.core.texts import Texts
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.support.articles import searchable
from torhaus.support.models import Article


class SlugTaken(Exception):
    """Another article has this address."""


class UnknownArticle(Exception):
    """There is no such article."""


class ArticleChanged(Exception):
    """Somebody else changed the article since it was opened."""


@dataclass(frozen=True)
class ArticleText:
    """What an article holds. ``related`` are slugs of others; unknown ones are passed over."""

    slug: str
    title: Texts
    body: Texts
    published: bool = False
    position: int = 0
    related: Iterable[str] = field(default_factory=tuple)


def all_articles() -> list[Article]:
    """Give all articles without their bodies, unpublished ones too, in the vendor's order."""
    return list(Article.objects.defer("body", "words").order_by("position", "pk"))


def any_article(slug: str) -> Article | None:
    """Find an article, published or not."""
    return Article.objects.filter(slug=slug).first()


def related_slugs(article: Article) -> list[str]:
    """Give the slugs of the articles this one leads to."""
    return list(article.related.order_by("position", "pk").values_list("slug", flat=True))


@deed("create_article")
def create_article(*, text: ArticleText, by: Actor) -> Article:
    """Write a new article.

    Raises:
        SlugTaken: another one has this address.
    """
    made = Article()
    _write(made, text)
    write_record(by=by, subject=("article", made.slug), after=_said(text))
    return made


@deed("edit_article")
def edit_article(*, slug: str, seen: datetime, text: ArticleText, by: Actor) -> Article:
    """Change an article; ``seen`` is when it had last been changed as its editor opened it.

    Raises:
        UnknownArticle: there is no such one.
        ArticleChanged: somebody changed it since.
        SlugTaken: another one has the new address.
    """
    found = Article.objects.select_for_update().filter(slug=slug).first()
    if found is None:
        raise UnknownArticle(slug)
    if found.changed_at != seen:
        raise ArticleChanged(slug)
    before = {"slug": slug, "published": found.published}
    _write(found, text)
    write_record(by=by, subject=("article", found.slug), before=before, after=_said(text))
    return found


def _write(article: Article, text: ArticleText) -> None:
    article.slug, article.title, article.body = text.slug, dict(text.title), dict(text.body)
    article.words = searchable(article.title, article.body)
    article.published, article.position, article.changed_at = text.published, text.position, clock.now()
    try:
        with transaction.atomic():
            article.save()
    except IntegrityError as error:
        raise SlugTaken(text.slug) from error
    article.related.set(Article.objects.filter(slug__in=list(text.related)).exclude(pk=article.pk))


def _said(text: ArticleText) -> dict[str, object]:
    return {"slug": text.slug, "published": text.published, "languages": sorted(text.title)}
