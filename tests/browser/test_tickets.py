"""Tickets in a real browser: hostile texts run nothing (R34), the counter counts (B23), and it works without scripts."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import check_page

# What people have tried elsewhere to make a page of Markdown run a script, or to tell them that it was read.
ATTACKS = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned=1'>",
    "<svg onload=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<a href='javascript:window.pwned=1'>click</a>",
    "[click](javascript:window.pwned=1)",
    "[click](JaVaScRiPt:window.pwned=1)",
    "[click](java\tscript:window.pwned=1)",
    "[click](&#106;avascript:window.pwned=1)",
    "[click](&#x6A;&#x61;vascript&colon;window.pwned=1)",
    "[click](javascript&NewLine;:window.pwned=1)",
    "[click](\x01javascript:window.pwned=1)",
    "[click](vbscript:window.pwned=1)",
    "[click](data:text/html;base64,PHNjcmlwdD5wYXJlbnQucHduZWQ9MTwvc2NyaXB0Pg==)",
    "[click](blob:null/1)",
    "[click](file:///etc/passwd)",
    "[a]: javascript:window.pwned=1\n\n[click][a]",
    "<javascript:window.pwned=1>",
    "<data:text/html,<script>window.pwned=1</script>>",
    "[click](<javascript:window.pwned=1>)",
    '[click](https://a.example/"onmouseover="window.pwned=1)',
    "[click](https://a.example 'x\" onclick=\"window.pwned=1')",
    "![x](https://tracker.example/pixel.png)",
    "![x](http://127.0.0.1:9/pixel.png)",
    '![x"onerror="window.pwned=1](x)',
    "![x](javascript:window.pwned=1)",
    "![x](data:image/svg+xml,<svg onload=window.pwned=1>)",
    "[![x](https://tracker.example/a.png)](javascript:window.pwned=1)",
    "`<script>window.pwned=1</script>`",
    "```html\n<script>window.pwned=1</script>\n```",
    "```<script>window.pwned=1</script>\n```",
    "    <script>window.pwned=1</script>",
    "| <script>window.pwned=1</script> | b |\n|---|---|\n| <img src=x onerror=window.pwned=1> | d |",
    "</textarea><script>window.pwned=1</script>",
    "</div></article></main><script>window.pwned=1</script>",
    "<style>@import 'https://tracker.example/a.css';</style>",
    "<link rel=stylesheet href=https://tracker.example/a.css>",
    "<meta http-equiv=refresh content='0;url=https://tracker.example/'>",
    "<base href=https://tracker.example/>",
    "<form action=https://tracker.example/><button>Go</button></form>",
    "<math><mtext></p><img src=x onerror=window.pwned=1>",
    "<noscript><p title='</noscript><img src=x onerror=window.pwned=1>'>",
    "<!--><script>window.pwned=1</script>-->",
    "<![CDATA[<script>window.pwned=1</script>]]>",
    "<xmp><script>window.pwned=1</script></xmp>",
    "<details open ontoggle=window.pwned=1>",
    "<x contenteditable autofocus onfocus=window.pwned=1>",
    "{{ 7*7 }} {% load static %}",
    "\u202egnp.exe \u2066 \u200b",
    "# " + "#" * 200,
    "> " * 200 + "deep",
    "[" * 500 + "x" + "](" * 500,
    "*" * 2000,
]  # fmt: skip
NEW = "/help/tickets/new/"
FIRED = "window.pwned || document.querySelectorAll('main script, main [onerror], main [onload], main img, main iframe').length"


def ask(visitor, body: str, mail="eva@nordwind.example") -> None:
    """Fill the form in and send it; the page of the ticket is open afterwards."""
    page = visitor.page
    visitor.open(NEW)
    page.fill("#id_mail", mail)
    page.select_option("#id_reason", "question")
    page.fill("#id_body", body)
    page.click("main form button.pri")
    page.wait_for_url(re.compile("/received/"))
    page.click("main a.btn.pri")
    page.wait_for_url(re.compile(r"/help/tickets/\w{12}/$"))


@pytest.mark.timeout(300)
def test_R34_hostile_markdown_runs_nothing_and_fetches_nothing(visit, portal):
    visitor = visit()
    page = visitor.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    visitor.sign_in(portal.main_token)
    ask(visitor, ATTACKS[0])
    # The page holds all of them, a few to a message, as a person would send them.
    for start in range(1, len(ATTACKS), 6):
        page.fill("#id_body", "\n\n---\n\n".join(ATTACKS[start : start + 6]))
        page.click("#answer button.pri")
        page.wait_for_load_state("load")
        assert not page.evaluate(FIRED), ATTACKS[start : start + 6]
    page.reload()
    assert not page.evaluate(FIRED)
    targets = page.eval_on_selector_all("main .prose a[href]", "all => all.map(a => a.protocol)")
    assert set(targets) <= {"http:", "https:", "mailto:"}, targets
    assert targets
    for link in page.query_selector_all("main .prose a"):
        assert link.get_attribute("rel") == "noopener noreferrer nofollow"
    assert [url for url in asked if not url.startswith(portal.url)] == []
    assert "window.pwned" in page.inner_text("main"), "the texts are shown, not swallowed"
    # The list and the title show a hostile subject as text, too.
    visitor.open("/help/tickets/")
    assert not page.evaluate(FIRED)
    assert "<script>" in page.inner_text("main table")


def test_R34_each_hostile_text_alone_runs_nothing(visit, portal):
    visitor = visit(tolerate=("Content Security Policy",))
    page = visitor.page
    visitor.open("/help/")
    rendered = portal.here.python(
        f"import json\nfrom torhaus.core.markdown import markdown_html\n"
        f"print('HTML' + json.dumps([markdown_html(one) for one in {ATTACKS!r}]))"
    )
    made = json.loads(rendered.split("HTML", 1)[1])
    for text, html in zip(ATTACKS, made, strict=True):
        # Not even without the policy of the portal, which a frame of its own would not have.
        found = page.evaluate(
            """html => { const d = new DOMParser().parseFromString(html, 'text/html');
            return [...d.querySelectorAll('*')].flatMap(e => [
              ...(['SCRIPT','STYLE','IFRAME','IMG','SVG','FORM','LINK','META','BASE','OBJECT','EMBED','INPUT'].includes(e.tagName.toUpperCase()) && !['HTML','HEAD','BODY'].includes(e.tagName) ? [e.tagName] : []),
              ...[...e.attributes].filter(a => !['href','title','start','rel'].includes(a.name)).map(a => a.name),
              ...(e.tagName == 'A' && e.hasAttribute('href') && !/^(https?|mailto):/.test(e.protocol) && e.protocol != ':' && !e.getAttribute('href').match(/^[x.]/) ? [e.href] : []) ]) }""",
            html,
        )
        assert found == [], (text, html)


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "10,000 of 10,000 characters"), ("de", "10.000 von 10.000 Zeichen")]
)
def test_B23_the_counter_shows_the_length_and_more_cannot_be_typed(visit, portal, language, shown):
    visitor = visit(language)
    page = visitor.page
    visitor.sign_in(portal.main_token)
    visitor.open(NEW)
    page.locator("#id_body").press_sequentially("a\nb")
    assert page.inner_text("#body_count") == "3"
    page.evaluate("document.getElementById('id_body').value = ''")
    # As typed or pasted, a browser cuts at maxlength: line breaks count once, an emoji twice.
    page.locator("#id_body").focus()
    page.keyboard.insert_text("x" * 9_990 + "\n\n" + "😀" * 4)
    assert page.inner_text("#body_count").replace(",", "").replace(".", "") == "10000"
    page.keyboard.insert_text("more")
    assert shown in page.inner_text("main")
    assert page.evaluate("document.getElementById('id_body').value.length") == 10_000
    page.fill("#id_mail", "eva@nordwind.example")
    page.select_option("#id_reason", "question")
    page.click("main form button.pri")
    page.wait_for_url(re.compile("/received/"))


def test_too_many_or_too_large_files_are_told_at_once(visit, portal):
    visitor = visit()
    page = visitor.page
    visitor.sign_in(portal.main_token)
    visitor.open(NEW)
    small = [{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"x"} for n in range(6)]
    page.set_input_files("#id_files", small)
    assert page.is_visible("#id_files_note")
    page.set_input_files("#id_files", small[:5])
    assert not page.is_visible("#id_files_note")
    page.set_input_files("#id_files", [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"x" * 10_500_000}])
    assert page.is_visible("#id_files_note")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_ticket_from_question_to_close_without_javascript(visit, portal, language):
    visitor = visit(language, width=390, height=844, scripts=False, tolerate=("422",))
    page = visitor.page
    visitor.sign_in(portal.main_token)
    visitor.open("/help/")
    page.click("main .head a.btn.pri")
    page.click("main form button.pri")
    expect(page.locator("#errors a")).to_have_count(3)
    page.fill("#id_mail", "eva@nordwind.example")
    page.select_option("#id_reason", "malfunction")
    page.fill("#id_body", "Ohne Skripte\n\nÄÖÜ ß")
    page.set_input_files("#id_files", [{"name": "Protokoll ä.txt", "mimeType": "text/plain", "buffer": "ä".encode()}])
    page.click("main form button.pri")
    page.wait_for_url(re.compile("/received/"))
    assert re.search(r"T-\d{4}-\d{5}", page.inner_text("main h2"))
    page.click("main a.btn.pri")
    with page.expect_download() as fetched:
        page.click("main article li a")
    assert fetched.value.suggested_filename == "Protokoll ä.txt"
    assert fetched.value.path().read_bytes() == "ä".encode()
    page.fill("#id_body", "Noch etwas")
    page.click("#answer button.pri")
    expect(page.locator("main article")).to_have_count(2)
    page.click("form[action$='/close/'] button")
    expect(page.locator("form[action$='/close/']")).to_have_count(0)


def test_R61_the_form_with_the_keyboard_only_and_its_errors_are_accessible(visit, portal):
    visitor = visit(tolerate=("422",))
    page = visitor.page
    visitor.sign_in(portal.main_token)
    assert not check_page(visitor, NEW, 1280)
    page.focus("#id_mail")
    page.keyboard.type("eva@nordwind.example")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Send"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/received/"))
