"""The words of a mail: HTML as plain text, and an answer without the mail it answers."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import nh3

MOST_HTML = 400_000
MOST_TAGS = 8_000  # each may stand in all before it, which takes quadratic time
_BLOCKS = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "hr"}
_KEPT = _BLOCKS | {"br", "blockquote", "a", "td", "th"}
_GONE = {"script", "style", "title", "head"}

LONGEST_HEAD_LINE = 500
_RULE = re.compile(r"\s*[-_*]{5,}.*[-_*]{5,}\s*|\s*[-_]{3,}\s*")
_HEAD = re.compile(
    r"\s*\**(?:from|von|sent|gesendet|to|an|cc|subject|betreff|date|datum|reply-to|antwort an)\s*:\**.*", re.IGNORECASE
)
_WROTE = re.compile(r"\s*(?:on|am)\b.*\b(?:wrote|schrieb|geschrieben)\b.*:\s*", re.IGNORECASE)
_ONLY_WROTE = re.compile(r".*\b(?:wrote|schrieb)\s*:\s*", re.IGNORECASE)


def text_of_html(html: str) -> str:
    """Give the words of an HTML mail, with a line for each block and ``>`` before what is quoted."""
    # First into well-formed HTML of few elements: the parser below is quick only on that.
    html = "<".join(html[:MOST_HTML].split("<", MOST_TAGS + 1)[: MOST_TAGS + 1])
    clean = nh3.clean(html, tags=_KEPT, clean_content_tags=_GONE, attributes={"a": {"href"}}, link_rel=None)
    reader = _Words()
    reader.feed(clean)
    reader.close()
    return reader.text()


class _Words(HTMLParser):
    """Collects lines; depth of quoting is written before each."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quoted = 0
        self.link = ""
        self.linked = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, a quotation or a link."""
        if tag in _BLOCKS or tag in {"br", "blockquote"}:
            self._break()
        if tag == "blockquote":
            self.quoted += 1
        elif tag == "li":
            self.line.append("- ")
        elif tag == "a":
            self.link, self.linked = dict(attrs).get("href") or "", len(self.line)

    def handle_endtag(self, tag: str) -> None:
        """End a line, a quotation or a link, whose address stands behind its words."""
        if tag in _BLOCKS or tag == "blockquote":
            self._break()
        if tag == "p":
            self.lines.append("")
        elif tag == "blockquote":
            self.quoted = max(0, self.quoted - 1)
        elif tag in {"td", "th"}:
            self.line.append("  ")
        elif tag == "a":
            if self.link.startswith(("http://", "https://")) and self.link not in "".join(self.line[self.linked :]):
                self.line.append(f" ({self.link})")
            self.link = ""

    def handle_data(self, data: str) -> None:
        """Keep words; white space is one blank."""
        self.line.append(re.sub(r"\s+", " ", data))

    def text(self) -> str:
        """Give all lines, never two empty ones in a row."""
        self._break()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip("\n")

    def _break(self) -> None:
        words = "".join(self.line).strip()
        if words:
            self.lines.append("> " * min(self.quoted, 9) + words)
        self.line = []


def answer_of(text: str, markers: Sequence[str]) -> str:
    """Give what stands above the first line that holds one of ``markers``, without the quotation's head.

    Without a marker, or with nothing above it (an answer written below or between), the whole text
    is given: rather too much is shown than something lost.
    """
    lines = text.splitlines()
    folded = [_folded(marker) for marker in markers]
    at = next((n for n, line in enumerate(lines) if any(marker in _folded(line) for marker in folded)), None)
    if at is None:
        return text.strip()
    above = lines[:at]
    while above and (belonging := _belonging_to_quotation(above)):
        del above[-belonging:]
    return "\n".join(above).strip() or text.strip()


def _belonging_to_quotation(lines: list[str]) -> int:
    """Give how many of the last lines introduce or begin a quotation."""
    last = lines[-1]
    if not last.strip() or last.lstrip().startswith(">"):
        return 1
    if len(last) > LONGEST_HEAD_LINE:
        return 0
    if _RULE.fullmatch(last):
        return 1
    heads = 0
    while heads < min(8, len(lines)) and _HEAD.fullmatch(lines[-1 - heads][:LONGEST_HEAD_LINE]):
        heads += 1
    if heads > 1:
        return heads
    # "On Monday … Acme <help@…> wrote:" may be broken over lines.
    for count in range(1, 4):
        some = lines[-count:]
        joined = " ".join(some)
        if all(some) and len(joined) <= LONGEST_HEAD_LINE and _WROTE.fullmatch(joined):
            return len(some)
    return 1 if _ONLY_WROTE.fullmatch(last) else 0


def _folded(line: str) -> str:
    return " ".join(re.sub(r"[>*_\-–—|]", " ", line).split()).casefold()
