"""Help articles: public, so that people find them; found by words, rated once a session."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from torhaus.frame.access import public
from torhaus.frame.addresses import client_address
from torhaus.frame.throttling import count_about
from torhaus.support.articles import article_by_slug, count_help, found_articles, related_to, shown_in

PER_PAGE = 20
LONGEST_SEARCH = 200
RATED = "rated_articles"
RATINGS = 30


@public
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    """Show the articles that hold all the words searched for, or all."""
    language = _language()
    text = " ".join(request.GET.get("text", "").split())[:LONGEST_SEARCH]
    page = Paginator(found_articles(text, language), PER_PAGE).get_page(request.GET.get("page"))
    shown = [one for article in page if (one := shown_in(article, language))]
    return render(request, "web/articles/articles.html", {"page": page, "articles": shown, "text": text})


@public
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an article with those it leads to."""
    found = article_by_slug(slug)
    shown = shown_in(found, _language()) if found else None
    if found is None or shown is None:
        raise Http404
    related = [one for other in related_to(found) if (one := shown_in(other, _language()))]
    context = {
        "shown": shown,
        "related": related,
        "other_language": shown.language not in {"", _language()},
        "rated": slug in request.session.get(RATED, ()),
    }
    return render(request, "web/articles/article.html", context)


@public
@require_POST
def rate_article(request: HttpRequest, slug: str) -> HttpResponse:
    """Count whether an article helped, once a session; whom it did not help is led to the form."""
    if article_by_slug(slug) is None:
        raise Http404
    helped = request.POST.get("helped") == "yes"
    rated = request.session.get(RATED, [])
    if slug not in rated and not count_about(client_address(request), door="article", limit=RATINGS):
        count_help(slug=slug, helped=helped)
        request.session[RATED] = [*rated, slug][-100:]
    if helped:
        messages.success(request, _("Thank you. That helps us, too."))
        return redirect("web:article", slug=slug)
    return redirect(f"{reverse('web:create_ticket')}?{urlencode({'article': slug})}")


def _language() -> str:
    return (get_language() or "en")[:2]
