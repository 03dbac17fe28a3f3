"""``torhaus publish``: a version of a product with its files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from torhaus.catalogue.models import Product
from torhaus.catalogue.queries import all_product_keys, product_named
from torhaus.console.publish_options import incoming, progress_of, read_said, show
from torhaus.console.words import CONSOLE, fail
from torhaus.journeys.publish_release import store_and_publish
from torhaus.releases.incoming import Incoming
from torhaus.releases.models import FileKind
from torhaus.releases.refusals import PublishRefused

KINDS = tuple(str(kind) for kind in FileKind if kind not in {FileKind.ADD_ON, FileKind.SBOM})


def publish(
    product: Annotated[str, typer.Option(help="Key of the product in the catalogue.")],
    version: Annotated[str, typer.Option(help="The version, e.g. 34.1 or 35.0-rc1.")],
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE...", help="Files, or KIND=FILE.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help=f"Kind of the files: {', '.join(KINDS)}.")] = None,
    channel: Annotated[str, typer.Option(help="stable (the default), rc or beta.")] = "",
    notes: Annotated[list[str] | None, typer.Option(help="File of release notes, Markdown: de=FILE, en=FILE.")] = None,
    security: Annotated[bool | None, typer.Option("--security/--no-security", help="A security update.")] = None,
    min_version: Annotated[str | None, typer.Option(help="Least version one can update from.")] = None,
    max_version: Annotated[str | None, typer.Option(help="Highest version one can update from.")] = None,
    publish_at: Annotated[str, typer.Option(help="When it comes out, e.g. 2026-12-01T09:00; else now.")] = "",
    sbom: Annotated[Path | None, typer.Option(help="List of components, CycloneDX JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Publish a version of a product, or add files to one.

    With one --kind all files are of it. With several, the first is that of the first file, and so on; or write
    KIND=FILE. The same file again changes nothing; another content under a known name is refused. Whatever is
    refused or broken off publishes nothing.
    """
    said = read_said(channel, notes or [], security, publish_at, min_version, max_version)
    wanted = list(paired(kind or [], files or []))
    if sbom:
        wanted.append(incoming(FileKind.SBOM, sbom))
    try:
        with progress_of(wanted) as progress:
            done = store_and_publish(
                product=_product(product), version=version, files=wanted, said=said, by=CONSOLE, progress=progress
            )
    except PublishRefused as error:
        fail(str(error))
    show(done, f"{product} {version}", as_json=as_json)


def _product(key: str) -> Product:
    found = product_named(key)
    if found is None:
        fail(f"there is no product {key!r}; the catalogue has: {', '.join(all_product_keys()) or 'none'}")
    return found


def paired(kinds: Sequence[str], files: Sequence[str]) -> Iterator[Incoming]:
    """Give each file with its kind. Raises BadParameter where that is not clear."""
    plain = []
    for text in files:
        named, equals, path = text.partition("=")
        if equals and named in KINDS:
            yield incoming(FileKind(named), Path(path))
        else:
            plain.append(Path(text))
    for name in kinds:
        if name not in KINDS:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(KINDS)}", param_hint="--kind")
    if plain and len(kinds) not in {1, len(plain)}:
        known = f"{len(kinds)} kinds for {len(plain)} files" if kinds else "the kind is missing"
        raise typer.BadParameter(
            f"{known}: say which is what, as {KINDS[0]}={plain[0]}; kinds are {', '.join(KINDS)}", param_hint="FILE"
        )
    if kinds and not plain:
        raise typer.BadParameter("a --kind is given, but no file of it", param_hint="FILE")
    for number, file in enumerate(plain):
        yield incoming(FileKind(kinds[number if len(kinds) > 1 else 0]), file)
