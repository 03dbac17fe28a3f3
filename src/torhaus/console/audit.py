"""`torhaus check --audit` and `--export-head`: whether the history of deeds is still the one that was written."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import typer

from torhaus.journeys.sign_chain_head import heads_folder, sign_chain_head
from torhaus.records.chain import ChainReport, check_chain
from torhaus.vendor.keys import NoSigningKey, UnreadableKey, distrusted_kids, trusted_keys


def check_audit(*, head: Path | None = None, as_json: bool = False) -> bool:
    """Check the chain and say what was found; True if it is intact.

    ``head`` is a file with signed heads, one a line, or a folder of such files; it finds
    what the database alone cannot tell, because whoever rewrites it rewrites all of it.
    """
    heads = _heads_in(head) if head else ()
    report = check_chain(keys=trusted_keys(), heads=heads, distrusted=distrusted_kids())
    if as_json:
        typer.echo(json.dumps(asdict(report) | {"intact": report.intact}, ensure_ascii=False))
    else:
        _say(report)
    return report.intact


def export_head(*, to: Path | None = None) -> bool:
    """Sign the end of the chain now and write the head to ``to`` (default: print it); False if that cannot be."""
    try:
        text = sign_chain_head()
    except (NoSigningKey, UnreadableKey) as error:
        typer.echo(str(error), err=True)
        return False
    if text is None:
        typer.echo("The chain is empty: nothing was done yet that could be signed.", err=True)
        return False
    if to is None:
        typer.echo(text)
        return True
    to.write_text(text + "\n", "ascii")
    typer.echo(f"Signed head written to {to}. Keep it away from this machine; all heads are also in {heads_folder()}.")
    return True


def _heads_in(path: Path) -> Iterator[str]:
    files = sorted(path.glob("*.jws")) if path.is_dir() else [path]
    if not files:
        raise typer.BadParameter(f"{path} holds no *.jws files")
    for name in files:
        try:
            with name.open(encoding="utf-8", errors="replace") as lines:
                yield from lines
        except OSError as error:
            raise typer.BadParameter(f"{name} cannot be read: {error.strerror}") from error


def _say(report: ChainReport) -> None:
    typer.echo(
        f"Records sealed: {report.sealed}; waiting for their seal: {report.waiting}; "
        f"signed heads checked: {report.heads}; personal values erased: {report.erased}."
    )
    for warning in report.warnings:
        typer.echo(f"Warning: {warning}")
    for problem in report.problems:
        typer.echo(f"Problem: {problem}")
    if report.problem_count > len(report.problems):
        typer.echo(f"… and {report.problem_count - len(report.problems)} more problems.")
    if report.intact:
        typer.echo("The history is intact.")
    else:
        typer.echo("The history is not intact. Keep this database as it is, and compare it with a backup.")
