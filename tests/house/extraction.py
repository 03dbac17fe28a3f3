"""What each room says in English, read off its Python code and its templates, as (context, singular, plural)."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

PACKAGE = Path(__file__).resolve().parent.parent.parent / "src" / "torhaus"
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
IN_EXPRESSION = re.compile(r"""_\((["'])(.+?)\1\)""")
Said = tuple[str, str, str]


def rooms() -> list[Path]:
    """Give the folder of every room."""
    return sorted(path for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())


def said_by(room: Path) -> dict[Said, str]:
    """Give all a room says, each with a place where."""
    found = {}
    for path in sorted(room.rglob("*.py")):
        found |= dict.fromkeys(_in_python(path), str(path.relative_to(PACKAGE)))
    for path in sorted((room / "templates").rglob("*")):
        if path.is_file():
            found |= dict.fromkeys(_in_template(path), str(path.relative_to(PACKAGE)))
    return found


def _in_python(path: Path) -> Iterator[Said]:
    with path.open("rb") as file:
        for _line, message, _comments, context in extract("python", file, KEYWORDS):
            one, many = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
            yield context or "", one, many


def _in_template(path: Path) -> Iterator[Said]:
    source = path.read_text("utf-8")
    nodes = engines["django"].engine.from_string(source).nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        if node.filter_expression.var.literal:
            # Django looks a per cent sign up doubled, as in a format.
            yield _context(node), str(node.filter_expression.var.literal).replace("%", "%%"), ""
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        one = node.render_token_list(node.singular)[0]
        many = node.render_token_list(node.plural)[0] if node.plural else ""
        yield _context(node), one, many
    for match in IN_EXPRESSION.finditer(source):
        yield "", match[2], ""


def _context(node: TranslateNode | BlockTranslateNode) -> str:
    return str(node.message_context.var) if node.message_context else ""
