"""``torhaus publish-addon``: a version of an add-on, as its ZIP says."""

from pathlib import Path
from typing import Annotated

import typer

from torhaus.console.publish_options import incoming, progress_of, read_said, show
from torhaus.console.words import CONSOLE, fail
from torhaus.core.texts import text_in
from torhaus.journeys.publish_add_on import store_and_publish_add_on
from torhaus.releases.models import FileKind
from torhaus.releases.refusals import PublishRefused, Refusal
from torhaus.releases.staff_queries import name_of


def publish_addon(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="The ZIP, with a package.json at its top.")],
    add_on: Annotated[str, typer.Option(help="Key of the add-on in the catalogue, if the ZIP says another.")] = "",
    channel: Annotated[str, typer.Option(help="stable (the default), rc or beta.")] = "",
    notes: Annotated[list[str] | None, typer.Option(help="File of release notes, Markdown: de=FILE, en=FILE.")] = None,
    security: Annotated[bool | None, typer.Option("--security/--no-security", help="A security update.")] = None,
    publish_at: Annotated[str, typer.Option(help="When it comes out, e.g. 2026-12-01T09:00; else now.")] = "",
    sbom: Annotated[Path | None, typer.Option(help="List of components, CycloneDX JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Publish a version of an add-on.

    Title, version and what it needs come from its package.json. An archive that is broken, or that nobody should
    unpack, is refused with the reason, and nothing is stored.
    """
    said = read_said(channel, notes or [], security, publish_at)
    archive = incoming(FileKind.ADD_ON, file)
    listed = incoming(FileKind.SBOM, sbom) if sbom else None
    try:
        with progress_of([archive, *([listed] if listed else [])]) as progress:
            done = store_and_publish_add_on(
                archive=archive, sbom=listed, key=add_on, said=said, by=CONSOLE, progress=progress
            )
    except PublishRefused as error:
        hint = " Name it with --add-on." if error.reason == Refusal.UNKNOWN_ADD_ON else ""
        fail(f"{error}{hint}")
    name = text_in(name_of(done.release), "en") or file.name
    show(done, f"{name} {done.release.version}", as_json=as_json)
