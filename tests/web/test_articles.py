"""Help articles: public, in two languages, found by words, and counted once a session."""

import html
import re
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import people
from tests.web.tickets import NEW, client_of, supported
from tests.web.visitors import card, words
from torhaus.core import clock
from torhaus.support.articles import searchable
from torhaus.support.models import Article

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vendor(db):
    people.vendor()


def article(slug: str, title=None, body=None, **fields) -> Article:
    """A published article in both languages."""
    title = title or {"en": slug.title(), "de": slug.title()}
    body = body or {"en": f"About {slug}.", "de": f"Über {slug}."}
    values = {"published": True, "changed_at": clock.now(), "words": searchable(title, body)}
    return Article.objects.create(slug=slug, title=title, body=body, **values | fields)


def reader(language="en") -> Client:
    client = Client()
    client.cookies["torhaus_language"] = language
    return client


def titles(text: str, language="en") -> list[str]:
    answer = reader(language).get("/help/articles/", {"text": text})
    assert answer.status_code == 200
    return [html.unescape(title) for title in re.findall(r"<b><a [^>]*>([^<]*)</a></b>", answer.content.decode())]


@pytest.mark.parametrize(("language", "title", "said"), [("en", "Install", "Run"), ("de", "Einrichten", "Starten")])
def test_anybody_reads_an_article_in_their_language(language, title, said):
    article("install", {"en": "Install", "de": "Einrichten"}, {"en": "**Run** it.", "de": "**Starten** Sie."})
    answer = reader(language).get("/help/articles/install/")
    assert answer.status_code == 200
    assert title in words(answer)
    assert f"<strong>{said}</strong>" in answer.content.decode()
    assert "only" not in words(answer)


def test_an_article_in_one_language_is_shown_in_both_and_says_so():
    article("nur", {"de": "Nur deutsch"}, {"de": "Text"})
    shown = reader("en").get("/help/articles/nur/")
    assert "This article exists in German only." in words(shown)
    assert '<h1 lang="de">Nur deutsch</h1>' in shown.content.decode()
    assert "only" not in words(reader("de").get("/help/articles/nur/"))
    article("one", {"en": "English"}, {"en": "Text"})
    assert "Diesen Artikel gibt es nur auf Englisch." in words(reader("de").get("/help/articles/one/"))


def test_what_is_not_published_is_not_there():
    article("draft", published=False)
    assert reader().get("/help/articles/draft/").status_code == 404
    assert reader().post("/help/articles/draft/rate/", {"helped": "yes"}).status_code == 404
    assert titles("draft") == []
    assert titles("") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Änderung", ["Größe ändern"]),
        ("ÄNDERN", ["Größe ändern"]),
        ("aendern", ["Größe ändern"]),
        ("groesse", ["Größe ändern"]),
        ("GRÖSSE", ["Größe ändern"]),
        ("größe", ["Größe ändern"]),
        ("grosse", []),
        ("cafe", ["Größe ändern"]),
        ("server neustarten", ["Server"]),
        ("neustarten server", ["Server"]),
        ("server größe", []),
        ("%", []),
        ("_", []),
        ("<strong>", []),
        ("' OR 1=1", []),
        ("\x00", ["Größe ändern", "Server"]),
        ("   ", ["Größe ändern", "Server"]),
        ("x" * 5000, []),
        ("😀", []),
    ],
)
def test_articles_are_found_by_their_words(text, found):
    article("groesse", {"de": "Größe ändern"}, {"de": "Jede Änderung im **Café** zählt."})
    article("server", {"de": "Server"}, {"de": "Den Dienst neustarten."})
    assert titles(text, "de") == found


def test_a_title_counts_more_than_the_text_and_the_other_language_does_not():
    article("a", {"en": "Other"}, {"en": "About many things and a licence."})
    article("b", {"en": "Licence"}, {"en": "Text"})
    article("c", {"en": "Third", "de": "Licence"}, {"en": "Text", "de": "Text"})
    assert titles("licence", "en") == ["Licence", "Other"]


def test_an_empty_search_says_what_to_do():
    article("a")
    assert "No article holds all these words" in words(reader().get("/help/articles/?text=nothing"))


def test_a_thousand_articles_are_searched_with_the_same_queries():
    article("first")
    with CaptureQueriesContext(connection) as few:
        reader().get("/help/articles/?text=about")
    text = "word " * 800
    rows = [
        Article(
            slug=f"a{n}", title={"en": f"Title {n}"}, body={"en": f"About {n}. {text}"}, published=True,
            changed_at=clock.now(), words={"en": f"title {n}\nabout {n}. {text}"},
        )
        for n in range(1000)
    ]  # fmt: skip
    Article.objects.bulk_create(rows)
    client = reader()
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as many:
        answer = client.get("/help/articles/?text=about")
    print(f"{time.perf_counter() - started:.3f} s")
    assert len(many) == len(few)
    assert "of 1,001" in words(answer)
    assert titles("999") == ["Title 999"]


def test_related_articles_stand_beside_it():
    one, other, hidden = article("one"), article("other"), article("hidden", published=False)
    one.related.set([other, hidden])
    assert card(reader().get("/help/articles/one/"), "related").endswith("Related articles Other")


def test_readers_say_once_a_session_whether_it_helped():
    article("one")
    client = reader()
    answer = client.post("/help/articles/one/rate/", {"helped": "yes"}, follow=True)
    assert "Thank you" in words(answer)
    client.post("/help/articles/one/rate/", {"helped": "yes"})
    client.post("/help/articles/one/rate/", {"helped": "no"})
    kept = Article.objects.get()
    assert (kept.helped, kept.did_not_help) == (1, 0)
    assert "You have told us" in words(client.get("/help/articles/one/"))
    reader().post("/help/articles/one/rate/", {"helped": "no"})
    assert Article.objects.get().did_not_help == 1


def test_one_address_does_not_count_for_ever():
    article("one")
    for _ in range(40):
        reader().post("/help/articles/one/rate/", {"helped": "yes"})
    assert Article.objects.get().helped == 30


def test_whom_it_did_not_help_asks_with_the_article_in_hand():
    article("one")
    answer = reader().post("/help/articles/one/rate/", {"helped": "no"})
    assert (answer.status_code, answer.url) == (302, f"{NEW}?article=one")
    client = client_of(supported())
    client.post("/help/articles/one/rate/", {"helped": "no"})
    page = client.get(answer.url)
    assert "This article did not help, and we will know of it: One" in words(page)
    assert 'name="article" value="one"' in page.content.decode()


@pytest.mark.parametrize(
    "path", ["/help/articles/none/", "/help/articles/%00/", "/help/articles/a'b/", "/help/articles/é/"]
)
def test_what_is_no_article_is_not_found(path):
    assert reader().get(path).status_code == 404


def test_R27_rating_needs_the_forms_token_and_a_post():
    article("one")
    assert Client(enforce_csrf_checks=True).post("/help/articles/one/rate/", {"helped": "yes"}).status_code == 403
    assert reader().get("/help/articles/one/rate/").status_code == 405
    assert Article.objects.get().helped == 0


def test_the_help_page_leads_to_the_first_articles():
    article("one")
    answer = reader().get("/help/")
    assert "One" in card(answer, "articles")
    assert 'href="/help/articles/one/"' in answer.content.decode()
