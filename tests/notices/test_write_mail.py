"""What a mail may hold, and that its text says as much as its HTML."""

import re
from pathlib import Path

import pytest
from django.utils.html import strip_tags
from django_tasks_db.models import DBTaskResult

from tests import people
from torhaus.core.link_codes import mark_of
from torhaus.core.redaction import holds_token
from torhaus.notices import actions
from torhaus.notices.letters import (
    ANSWER_MARK,
    CodeNotSent,
    MailRefused,
    SecretInMail,
    Sender,
    refuse_line_breaks,
    render_letter,
)
from torhaus.notices.models import Mail
from torhaus.records.deeds import DeedError, deed, write_record
from torhaus_sdk.tokens import new_token

SENDER = Sender(
    name="Acme", legal_name="Acme GmbH", address="Werkstraße 1", mail="a@acme.example", portal_url="https://p.example/"
)
TEMPLATES = sorted(
    path.name.removesuffix(".subject.txt")
    for path in (Path(actions.__file__).parent / "templates/notices/mail").glob("*.subject.txt")
)
CONTEXT = {"contract": "V-1", "token": "acme_0123456789AB", "ended": 1, "ends_at": people.NOON, "recipient_name": "Jo"}
CONTEXT |= {"number": "T-2026-00001", "subject": "Größe", "url": "https://p.example/t/", "by_mail": True}
CONTEXT |= {
    "answer_mark": ANSWER_MARK,
    "due_at": people.NOON,
    "author": "Ada",
    "body": "So.",
    "body_html": "<p>So.</p>",
}
CONTEXT |= {"files": ["a.pdf"], "closed": True, "into": "T-2026-00002", "into_url": "https://p.example/u/", "new": True}
CONTEXT |= {"customer": "Nordwind", "excerpt": "Hm.", "reason": "", "change": "app_on", "at": people.NOON, "days": 97}


@deed("plant")
def plant(**values):
    write_record(by=people.SYSTEM)
    given = {"template": "test_mail", "recipient": "jo@x.example", "language": "en", "context": {}} | values
    return actions.write_mail(sender=SENDER, **given)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"recipient": "jo@x.example\nBcc: all@x.example"},
        {"recipient": "jo"},
        {"recipient": "jo@x.example, al@x.example"},
        {"recipient_name": "Jo\r\nBcc: all@x.example"},
        {"template": "token_revoked", "context": {"contract": "V-1\nBcc: all@x.example", "token": "t"}},
        {"template": "token_revoked", "context": {"contract": "V-1\u2028Bcc: x", "token": "t"}},
    ],
)
def test_nobody_adds_a_header(values):
    with pytest.raises(MailRefused):
        plant(**values)
    assert not Mail.objects.model._base_manager.exists()
    assert not DBTaskResult.objects.exists()


@pytest.mark.django_db
def test_a_mail_belongs_to_a_deed():
    with pytest.raises(DeedError):
        actions.write_mail(template="test_mail", recipient="jo@x.example", language="en", sender=SENDER, context={})


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["{}", "x{}", "({})", "https://p.example/?t={}", "{}.", "zz{}9"])
def test_R40_a_whole_token_never_stands_in_a_mail(form):
    text = new_token("acme").text
    with pytest.raises(SecretInMail):
        plant(template="token_revoked", context={"contract": form.format(text), "token": ""})
    assert holds_token(form.format(text[:30] + "\n " + text[30:]))
    assert not holds_token(text[:-1])
    assert not holds_token(text[:-1] + ("a" if text[-1] != "a" else "b"))


@pytest.mark.django_db
def test_an_unknown_language_falls_back():
    assert plant(language="tlh").language == "en"


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_text_says_all_the_html_says(template, language):
    letter = render_letter(template=template, language=language, sender=SENDER, context=CONTEXT)
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", letter.html, flags=re.DOTALL)
    words = [word for word in re.split(r"\s+", strip_tags(re.sub(r"<[^>]+>", " ", body))) if word]
    assert set(words) <= set(letter.text.split()), set(words) - set(letter.text.split())
    assert f'<html lang="{language}">' in letter.html
    assert "<script" not in letter.html
    assert "http://" not in letter.html, "nothing is loaded from elsewhere"
    assert "\n" not in letter.subject
    assert "{" not in letter.text


@pytest.mark.parametrize("template", TEMPLATES)
def test_german_is_german(template):
    german, english = (
        render_letter(template=template, language=language, sender=SENDER, context=CONTEXT) for language in ("de", "en")
    )
    assert german.subject != english.subject or german.subject == f"[{CONTEXT['number']}] {CONTEXT['subject']}"
    assert "Guten Tag Jo," in german.text
    shared = set(german.text.splitlines()) & set(english.text.splitlines())
    assert {line for line in shared if line.strip()} <= {
        "acme_0123456789AB_…", "--", "-- ", "Acme GmbH", "Werkstraße 1", "https://p.example/", "https://p.example/staff/",
        CONTEXT["url"], CONTEXT["into_url"], CONTEXT["body"], CONTEXT["excerpt"], "- a.pdf",
    }  # fmt: skip


def test_line_breaks():
    refuse_line_breaks("Größe")
    for character in "\r\n\0\x7f\u2029":
        with pytest.raises(MailRefused):
            refuse_line_breaks(f"a{character}b")


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["context", "headers"])
def test_no_mail_goes_out_with_a_mark_for_a_code(where):
    mark = mark_of("0123456789AB")
    values = {"context": {"link": mark}} if where == "context" else {"headers": {"List-Unsubscribe": f"<{mark}>"}}
    with pytest.raises(CodeNotSent):
        plant(**values)
    assert not Mail.objects.model._base_manager.exists()
