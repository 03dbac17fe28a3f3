"""What ``torhaus publish`` and ``torhaus publish-addon`` have in common: reading what was said, showing what was done."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from torhaus.console.words import fail, say, say_json
from torhaus.releases.incoming import Incoming
from torhaus.releases.models import Channel, FileKind
from torhaus.releases.publishing import Published, Said
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import NoVendor, the_vendor

LANGUAGES = ("de", "en")
LONGEST_NOTES = 200_000


def vendor_or_fail() -> Vendor:
    """Give the vendor; end with a sentence if there is none."""
    try:
        return the_vendor()
    except NoVendor as error:
        fail(str(error))


def read_said(
    channel: str,
    notes: Sequence[str],
    security: bool | None,
    publish_at: str,
    minimum: str | None = None,
    maximum: str | None = None,
) -> Said:
    """Give what the options say of a version; a wrong one ends with a sentence."""
    vendor = vendor_or_fail()
    if channel and channel not in Channel.values:
        raise typer.BadParameter(f"{channel!r} is none of {', '.join(Channel.values)}", param_hint="--channel")
    return Said(
        channel=Channel(channel) if channel else None,
        notes=dict(_notes(text, vendor.language) for text in notes),
        security=security,
        minimum_version=minimum,
        maximum_version=maximum,
        publish_at=_moment(publish_at, vendor.time_zone) if publish_at else None,
    )


def _notes(text: str, language: str) -> tuple[str, str]:
    """Give the language and the text of ``de=FILE``, ``notes.de.md``, or a file in the vendor's language."""
    named, _, rest = text.partition("=")
    path = Path(rest) if named in LANGUAGES else Path(text)
    suffix = path.suffixes[-2].removeprefix(".") if len(path.suffixes) > 1 else ""
    spoken = named if named in LANGUAGES else suffix if suffix in LANGUAGES else language
    try:
        content = path.read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read as UTF-8 text", param_hint="--notes") from error
    if not content or len(content) > LONGEST_NOTES or "\x00" in content:
        raise typer.BadParameter(f"{path} has to have 1 to {LONGEST_NOTES} characters", param_hint="--notes")
    return spoken, content


def _moment(text: str, time_zone: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no time such as 2026-12-01T09:00 or 2026-12-01T09:00+01:00", param_hint="--publish-at"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(time_zone))


def incoming(kind: FileKind, path: Path) -> Incoming:
    """Give a file of the command line, under its own name."""
    return Incoming(kind, path, path.name)


@contextmanager
def progress_of(files: Iterable[Incoming]) -> Iterator[Callable[[int], None]]:
    """Give what takes the bytes that were read: a bar on standard error of a terminal, which vanishes when done."""
    console = Console(stderr=True)
    total = sum(file.path.stat().st_size for file in files if file.path.is_file())
    columns = (
        TextColumn("Storing"), BarColumn(), DownloadColumn(binary_units=True), TransferSpeedColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("store", total=total)
        yield lambda count: progress.advance(task, count)


def show(done: Published, title: str, *, as_json: bool) -> None:
    """Say what was published."""
    if as_json:
        say_json(_as_data(done))
        return
    if done.nothing:
        say(f"{title}: everything is there already.")
        return
    at = done.release.published_at
    when = f"{at:%Y-%m-%d %H:%M} UTC" if at else f"{done.release.published_on}"
    say(f"{title}: {'published' if done.new else 'changed'}, channel {done.release.channel}, {when}")
    for file in done.added:
        say(f"  {file.kind}  {file.name}  {file.size:,} bytes")
        say(f"    sha256 {file.key}")
    for name in () if done.new else done.changes:
        say(f"  {name} changed")
    if done.new_key:
        say("A key for signatures was made; customers find its public half at /.well-known/minisign.pub.")


def _as_data(done: Published) -> dict[str, object]:
    release = done.release
    return {
        "ref": release.ref,
        "version": release.version,
        "channel": release.channel,
        "published_at": release.published_at,
        "new": done.new,
        "changed": sorted(done.changes),
        "files": [
            {"kind": str(file.kind), "name": file.name, "bytes": file.size, "sha256": file.key} for file in done.added
        ],
    }
