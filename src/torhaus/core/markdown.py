"""Markdown as safe HTML: no scripts, no raw HTML, nothing that is loaded from elsewhere (ASVS 1.3.5).

Two walls: the parser knows no raw HTML, and what it gives passes an allowlist.
"""

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

HEADING = 3
_TAGS = {
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
}
_TAGS |= {"table", "tbody", "td", "th", "thead", "tr", "ul"}
_SCHEMES = {"http", "https", "mailto"}


def markdown_html(text: str) -> str:
    """Give CommonMark (with tables and strikethrough) as HTML that may stand in any page.

    Headings begin at level 3, below those of the page; a picture becomes a link to it, so that
    reading a text tells nobody that it was read; line breaks stay, as in a mail.
    """
    html = _PARSER.render(text.replace("\x00", ""))
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def markdown_words(text: str) -> str:
    """Give the plain words of a Markdown text: for searches, excerpts and subjects."""
    words: list[str] = []
    for token in _PARSER.parse(text.replace("\x00", "")):
        for child in token.children or ([token] if token.content else []):
            words += [child.content or " "]
        words.append(" ")
    return " ".join("".join(words).split())


def _heading(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    token = tokens[index]
    level = min(6, int(token.tag[1:]) + HEADING - 1)
    return f"<h{level}>" if token.nesting == 1 else f"</h{level}>\n"


def _picture(
    _renderer: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    source = str(tokens[index].attrGet("src") or "")
    return f'<a href="{escapeHtml(source)}">{escapeHtml(tokens[index].content or source)}</a>'


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False})
    made.enable(["table", "strikethrough"])
    for rule, render in (("heading_open", _heading), ("heading_close", _heading), ("image", _picture)):
        made.add_render_rule(rule, render)
    return made


_PARSER = _parser()
