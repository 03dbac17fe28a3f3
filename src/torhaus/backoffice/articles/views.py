"""Help articles: the list with how often each helped, writing, looking at and changing one."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from torhaus.backoffice.articles.forms import ArticleForm
from torhaus.backoffice.choices import LANGUAGES
from torhaus.frame.access import actor_of, staff_may
from torhaus.support.edit_article import (
    ArticleChanged,
    SlugTaken,
    UnknownArticle,
    all_articles,
    any_article,
)
from torhaus.support.edit_article import create_article as create_article_deed
from torhaus.support.edit_article import edit_article as edit_article_deed
from torhaus.support.models import Article


@staff_may("write_articles")
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    """Show all articles and how often they helped."""
    return render(request, "backoffice/articles/articles.html", {"articles": all_articles()})


@staff_may("write_articles")
@require_http_methods(["GET", "HEAD", "POST"])
def create_article(request: HttpRequest) -> HttpResponse:
    """Write a new article."""
    form = ArticleForm(request.POST if request.method == "POST" else None, others=all_articles())
    if form.is_valid() and not _wants_preview(request):
        try:
            made = create_article_deed(text=form.text(), by=actor_of(request))
        except SlugTaken:
            form.add_error("slug", _("Another article has this address. Enter another one."))
        else:
            messages.success(request, _("The article was kept."))
            return redirect("backoffice:edit_article", slug=made.slug)
    return _ask(request, form, None)


@staff_may("write_articles")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_article(request: HttpRequest, slug: str) -> HttpResponse:
    """Change an article; of two editors at once the second is told."""
    found = any_article(slug)
    if found is None:
        raise Http404
    form = ArticleForm(request.POST if request.method == "POST" else None, others=all_articles(), article=found)
    if form.is_valid() and not _wants_preview(request):
        try:
            seen = form.cleaned_data["seen"] or found.changed_at
            changed = edit_article_deed(slug=slug, seen=seen, text=form.text(), by=actor_of(request))
        except SlugTaken:
            form.add_error("slug", _("Another article has this address. Enter another one."))
        except UnknownArticle:
            raise Http404 from None
        except ArticleChanged:
            return _ask(request, form, any_article(slug), changed=True)
        else:
            messages.success(request, _("The article was kept."))
            return redirect("backoffice:edit_article", slug=changed.slug)
    return _ask(request, form, found)


def _wants_preview(request: HttpRequest) -> bool:
    return request.POST.get("then") == "preview"


def _ask(request: HttpRequest, form: ArticleForm, article: Article | None, *, changed: bool = False) -> HttpResponse:
    shown = form.text() if form.is_bound and form.is_valid() and _wants_preview(request) else None
    texts = [
        (LANGUAGES.get(code, name), form[f"title_{code}"], form[f"body_{code}"]) for code, name in settings.LANGUAGES
    ]
    context: dict[str, Any] = {
        "form": form,
        "article": article,
        "changed": changed,
        # Sending once more is a decision, made with the other version in view.
        "seen": article.changed_at.isoformat() if changed and article else form["seen"].value() or "",
        "texts": texts,
        "preview": [(code, shown.title[code], shown.body[code]) for code in shown.title] if shown else [],
        "theirs": [(LANGUAGES.get(code, name), article.body.get(code, "")) for code, name in settings.LANGUAGES]
        if changed and article
        else [],
    }
    status = 409 if changed else 422 if form.is_bound and not shown else 200
    return render(request, "backoffice/articles/article.html", context, status=status)
