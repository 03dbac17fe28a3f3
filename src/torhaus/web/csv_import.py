"""What imports of CSV files by customers share: the file kept between preview and confirmation, and why one is refused.

The browser gets a signed name of what is kept and of what was shown, never the lines: those are read anew and planned
anew when it is confirmed. What is kept leads nowhere and goes after two days.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from torhaus.core.csv_lines import LONGEST_CELL, MOST_LINES, CsvFile, Fault, Unreadable
from torhaus.core.storage import file_store
from torhaus.frame.access import actor_of, viewer_of
from torhaus.frame.errors import too_many
from torhaus.frame.formatting import number_text
from torhaus.frame.one_file import LARGEST, the_file
from torhaus.frame.templatetags.torhaus import badge
from torhaus.frame.throttling import count_about

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_Line = TypeVar("_Line", covariant=True)
MOST_SHOWN = 60
_LIVES = 24 * 3600
_MIB = 1024 * 1024
_FAULTS: dict[Fault, "_StrPromise"] = {
    Fault.EMPTY: gettext_lazy("The file is empty. Choose one with a line of column names and a line for each entry."),
    Fault.NO_LINES: gettext_lazy("Below the column names the file has no line. Add one for each entry."),
    Fault.UTF_16: gettext_lazy(
        "The file is written in UTF-16 (“Unicode text”). Save it as “CSV UTF-8” and choose it again."
    ),
    Fault.NO_TEXT: gettext_lazy(
        "Line %(line)s holds characters that are no text. Save the table as “CSV UTF-8”, not as an Excel file, and choose that."
    ),
    Fault.COLUMN_MISSING: gettext_lazy(
        "The first line names no column “%(about)s”. Take the column names as the download has them."
    ),
    Fault.COLUMN_TWICE: gettext_lazy(
        "The first line names a column for the same thing twice: “%(about)s”. Leave one of them out."
    ),
    Fault.TOO_MANY_LINES: gettext_lazy(
        "The file has more than %(most)s lines. Divide it into several and import them one after the other."
    ),
    Fault.CELL_TOO_LONG: gettext_lazy(
        "A cell in line %(line)s has more than %(longest)s characters. Shorten it; perhaps a quotation mark is not closed."
    ),
    Fault.CELLS: gettext_lazy(
        "Line %(line)s has more cells than there are columns. Put cells that hold a comma or semicolon in quotation marks."
    ),
    Fault.QUOTES: gettext_lazy(
        "A quotation mark near line %(line)s is in a wrong place or not closed. Correct it and choose the file again."
    ),
}


@dataclass(frozen=True)
class PreviewRow:
    """A line as the preview shows it; ``group`` is what it is about: a kind of seat, or a role."""

    number: int
    badge: SafeString
    name: str
    mail: str
    group: str
    remark: str


class PlannedFile(Protocol[_Line]):
    """What would become of a file's lines, as rooms plan it."""

    @property
    def lines(self) -> Sequence[_Line]:
        """All of them, in the file's order."""

    @property
    def new(self) -> Sequence[_Line]:
        """Those that do something."""

    @property
    def unchanged(self) -> Sequence[_Line]:
        """Those that find it done."""

    @property
    def refused(self) -> Sequence[_Line]:
        """Those that cannot be."""


def shown_lines(plan: PlannedFile[_Line]) -> list[tuple[SafeString, _Line]]:
    """Give the lines that a preview shows, each with how its outcome looks: first what is refused, then what is new."""
    looks = badges()
    outcomes = (("refused", plan.refused), ("new", plan.new), ("unchanged", plan.unchanged))
    return [(looks[look], one) for look, lines in outcomes for one in lines][:MOST_SHOWN]


def preview_of(file: CsvFile, plan: PlannedFile[Any], *, changed: bool) -> dict[str, Any]:
    """Give what each preview says of a file; ``changed``: something else would be done than was shown before."""
    return {
        "changed": changed,
        "guessed": file.guessed,
        "counts": (len(plan.new), len(plan.unchanged), len(plan.refused)),
        "more": len(plan.lines) > MOST_SHOWN,
        "shown": min(MOST_SHOWN, len(plan.lines)),
        "total": len(plan.lines),
    }


def badges() -> dict[str, SafeString]:
    """Give how the three outcomes of a line look."""
    return {
        "new": badge("ok", "plus", _("new")),
        "unchanged": badge("", "check", _("unchanged")),
        "refused": badge("bad", "circle-alert", _("refused")),
    }


def in_languages(word: "_StrPromise") -> set[str]:
    """Give what a column may be called: its name in every language, case folded."""
    names = set()
    for language in ("en", "de"):
        with translation.override(language):
            names.add(" ".join(str(word).split()).casefold())
    return names


def column_names(columns: Iterable[tuple[str, "_StrPromise"]]) -> dict[str, str]:
    """Give what columns may be called in a file: their names in every language, and their keys."""
    found: dict[str, str] = {}
    for key, word in columns:
        found |= dict.fromkeys(in_languages(word), key) | {key: key}
    return found


def fault_text(error: Unreadable, words: Mapping[str, "_StrPromise"]) -> str:
    """Say why a file cannot be read, and what to do; ``words`` are the names of its columns."""
    return str(_FAULTS[error.fault]) % {
        "line": number_text(error.line),
        "about": words.get(error.about, error.about),
        "most": number_text(MOST_LINES),
        "longest": number_text(LONGEST_CELL),
    }


def chosen_file(request: HttpRequest) -> tuple[bytes, str]:
    """Give what was uploaded, and what is wrong with it as a sentence, empty if it can be looked at."""
    content, cut = the_file(request)
    if cut:
        return b"", _("The file is larger than %(size)s MiB. Divide it into several.") % {
            "size": number_text(LARGEST // _MIB)
        }
    return content or b"", "" if content is not None else _("Choose a file.")


@dataclass(frozen=True)
class Shown:
    """What a preview was of: the file's content, and the digest of the plan."""

    content: bytes
    digest: str


@dataclass(frozen=True)
class Import:
    """An import: its ``purpose``, how many files of one customer it takes within ten minutes, its columns, its steps.

    ``ask`` shows the form, with what was wrong; ``look`` shows what would become of a file; ``confirm`` does what was
    shown. The last two may raise Unreadable.
    """

    purpose: str
    limit: int
    columns: Mapping[str, "_StrPromise"]
    ask: Callable[[HttpRequest, str], HttpResponse]
    look: Callable[[HttpRequest, bytes], HttpResponse]
    confirm: Callable[[HttpRequest, Shown], HttpResponse]


def run_import(request: HttpRequest, way: Import) -> HttpResponse:
    """Take the next step of an import: ask for a file, show what would become of it, or do what was shown."""
    if request.method != "POST":
        return way.ask(request, "")
    if wait := count_about(viewer_of(request).customer_ref, door=f"import_{way.purpose}", limit=way.limit):
        return too_many(request, retry_after=wait, template="asked_too_often")
    try:
        if name := request.POST.get("import", ""):
            shown = kept(request, way.purpose, name)
            if shown is None:
                return way.ask(request, _("What you were shown is no longer kept. Choose the file again."))
            return way.confirm(request, shown)
        content, wrong = chosen_file(request)
        return way.ask(request, wrong) if wrong else way.look(request, content)
    except Unreadable as error:  # when it is confirmed, too: an update of the portal may have lowered what it takes
        return way.ask(request, fault_text(error, way.columns))


def keep(request: HttpRequest, purpose: str, shown: Shown) -> str:
    """Keep a file until it is confirmed, and give its signed name: for this person, contract and purpose only.

    Raises:
        OSError: the store does not answer.
    """
    key = file_store().put([shown.content]).key
    return signing.dumps([key, shown.digest, *_whose(request)], salt=_salt(purpose), compress=False)


def kept(request: HttpRequest, purpose: str, name: str) -> Shown | None:
    """Give what was kept under a signed name; None if that is not this person's, too old, or gone."""
    try:
        key, digest, *whose = signing.loads(name, salt=_salt(purpose), max_age=_LIVES)
        if whose != _whose(request):
            return None
        with file_store().open(key) as opened:
            return Shown(opened.read(), digest)
    except (signing.BadSignature, ValueError, OSError):  # gone, or the store does not answer
        return None


def _salt(purpose: str) -> str:
    return f"torhaus csv import {purpose}"


def _whose(request: HttpRequest) -> list[str]:
    return [viewer_of(request).contract_ref, viewer_of(request).customer_ref, actor_of(request).ref]
