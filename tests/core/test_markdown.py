"""Markdown: what it shows, and what it never lets through."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torhaus.core.markdown import markdown_html, markdown_words

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#x0A;script:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "<javascript:alert(1)>",
    '![x" onerror="alert(1)](https://example.org/a.png)',
    '[x](https://example.org "a" onmouseover="alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    "```html\n<script>alert(1)</script>\n```",
    "`<script>`",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "|<script>|\n|-|\n|<b onclick=x>|",
]


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs


def seen(html):
    found = Seen()
    found.feed(html)
    return found


def harmless(html):
    found = seen(html)
    assert not found.tags & {"script", "img", "svg", "iframe", "style", "form", "input", "link", "meta", "object"}
    assert {name for name, _ in found.attributes} <= {"href", "title", "rel", "start"}
    for name, value in found.attributes:
        if name == "href":
            assert not re.match(r"\s*[a-z][a-z0-9+.-]*:", value, re.IGNORECASE) or re.match(
                r"(https?|mailto):", value, re.IGNORECASE
            ), value


@pytest.mark.parametrize("text", ATTACKS)
def test_R34_no_attack_gets_through(text):
    harmless(markdown_html(text))


@given(st.lists(st.sampled_from([*ATTACKS, "[", "](", ")", "<", ">", '"', "`", "\n", "# ", "- ", "| ", "é", "\x00"])))
def test_R34_nor_does_a_mix_of_them(parts):
    harmless(markdown_html("".join(parts)))


def test_what_it_shows():
    html = markdown_html("# Title\n\nfirst\nsecond **bold** ~~old~~ `a<b`\n\n|a|\n|-|\n|1|")
    assert "<h3>Title</h3>" in html, "the page has its own first headings"
    assert "first<br>" in html, "a line break stays one"
    assert {"strong", "s", "code", "table"} <= seen(html).tags
    assert "a&lt;b" in html


def test_a_picture_is_a_link_and_is_not_loaded():
    html = markdown_html("![how it looks](https://example.org/a.png)")
    assert 'href="https://example.org/a.png"' in html
    assert "how it looks" in html
    assert "<img" not in html


def test_links_give_nothing_away():
    assert 'rel="noopener noreferrer nofollow"' in markdown_html("[a](https://example.org)")


def test_deep_nesting_and_length_stay_quick():
    assert markdown_html("> " * 5000 + "x")
    assert markdown_html("[" * 10_000)
    assert markdown_html("*a " * 3_300)


def test_plain_words():
    assert markdown_words("# Title\n\n**bold** [link](https://e.org)\n- `code`") == "Title bold link code"
