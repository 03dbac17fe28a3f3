"""Staff write help articles in both languages, look at them first, and notice each other."""

import re

import pytest

from tests.backoffice.conftest import records
from torhaus.support.models import Article

NEW = "/staff/articles/new/"


def said(**changed) -> dict:
    values = {
        "slug": "updating",
        "position": "3",
        "published": "on",
        "title_en": "Updating",
        "body_en": "## First\n\nMake a **backup**.",
        "title_de": "Aktualisieren",
        "body_de": "Machen Sie eine *Sicherung*.",
    }
    return values | changed


@pytest.fixture
def support(world, sign_in):
    return sign_in("support")


def body_of(answer) -> str:
    return answer.content.decode()


def opened(client, slug="updating") -> dict:
    page = body_of(client.get(f"/staff/articles/{slug}/edit/"))
    return {"seen": re.search(r'name="seen" value="([^"]+)"', page)[1]}


def test_an_article_is_written_shown_found_and_recorded(support, client):
    assert support.post(NEW, said()).status_code == 302
    article = Article.objects.get()
    assert article.words["de"].startswith("aktualisieren\nmachen sie eine sicherung")
    page = body_of(client.get("/help/articles/updating/"))
    assert "<strong>backup</strong>" in page or "<em>Sicherung</em>" in page
    assert "Updating" in body_of(support.get("/staff/articles/"))
    [record] = records("create_article")
    assert record.after == {"slug": "updating", "published": True, "languages": ["de", "en"]}


def test_a_draft_is_read_by_nobody_outside(support, client):
    support.post(NEW, said(published=""))
    assert client.get("/help/articles/updating/").status_code == 404
    assert "Draft" in body_of(support.get("/staff/articles/"))


def test_a_preview_keeps_nothing_and_runs_nothing(support):
    evil = "**bold** <script>alert(1)</script> ![x](http://evil.example/x.png) [y](javascript:alert(1))"
    page = body_of(support.post(NEW, said(body_en=evil, then="preview")))
    shown = page.split('class="prose"')[1].split("</section>")[0]
    assert "<strong>bold</strong>" in shown
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown
    assert not Article.objects.exists()
    assert records("create_article") == []


def test_two_editors_at_once_are_noticed_and_nothing_is_lost(support, sign_in):
    support.post(NEW, said())
    second = sign_in("administrator")
    first_seen, second_seen = opened(support), opened(second)
    support.post("/staff/articles/updating/edit/", said(body_en="Mine") | first_seen)
    late = second.post("/staff/articles/updating/edit/", said(body_en="Theirs") | second_seen)
    assert late.status_code == 409
    page = body_of(late)
    assert "Somebody changed this article" in page
    assert "Theirs</textarea>" in page
    assert "Mine</pre>" in page
    assert Article.objects.get().body["en"] == "Mine"
    again = {"seen": re.search(r'name="seen" value="([^"]+)"', page)[1]}
    assert second.post("/staff/articles/updating/edit/", said(body_en="Both") | again).status_code == 302
    assert Article.objects.get().body["en"] == "Both"


def test_related_articles_and_a_new_address(support):
    support.post(NEW, said())
    support.post(NEW, said(slug="backup", title_en="Backup", related="updating"))
    seen = opened(support, "backup")
    support.post("/staff/articles/backup/edit/", said(slug="saving", related=["updating"]) | seen)
    article = Article.objects.get(slug="saving")
    assert [one.slug for one in article.related.all()] == ["updating"]
    assert support.get("/staff/articles/backup/edit/").status_code == 404
    assert records("edit_article")[0].before["slug"] == "backup"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"slug": ""}, "Fill in this field"),
        ({"slug": "Ä b"}, "Use only letters"),
        ({"slug": "x" * 10_001}, "80"),
        ({"slug": "taken"}, "Another article has this address"),
        ({"title_en": ""}, "An article has both"),
        ({"body_de": ""}, "An article has both"),
        ({"title_en": "", "body_en": "", "title_de": "", "body_de": ""}, "at least one language"),
        ({"position": "-1"}, "0"),
        ({"position": "9" * 30}, "10000"),
        ({"related": "nothing"}, "nothing"),
        ({"body_en": "x" * 100_001}, "100000"),
    ],
)
def test_nonsense_is_refused_and_kept_in_the_form(support, changed, error):
    support.post(NEW, said(slug="taken"))
    refused = support.post(NEW, said(**changed))
    assert refused.status_code == 422
    assert error in body_of(refused)
    assert Article.objects.count() == 1


def test_one_language_is_enough(support):
    assert support.post(NEW, said(title_de="", body_de="")).status_code == 302
    assert Article.objects.get().title == {"en": "Updating"}


def test_who_may_not(sign_in, world):
    for role in ("sales", "billing", "release_manager"):
        client = sign_in(role)
        assert client.get("/staff/articles/").status_code == 403
        assert client.post(NEW, said()).status_code == 403
    assert not Article.objects.exists()
