"""The vendor's files come in: read, checked with every error at once, compared, and written as one deed."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django_scopes import scopes_disabled

from torhaus.journeys.import_data.comparing import Change, TableDifference, differences
from torhaus.journeys.import_data.deed import FilesChanged, import_data
from torhaus.journeys.import_data.finishing import context_of
from torhaus.journeys.import_data.problems import ImportRefused, NotReadable, Problem, Problems
from torhaus.journeys.import_data.reading import find_files
from torhaus.journeys.import_data.staging import Progress, Staging, nothing_to_tell
from torhaus.records.deeds import Actor

__all__ = [
    "Change",
    "FilesChanged",
    "ImportRefused",
    "ImportResult",
    "NotReadable",
    "Problem",
    "Problems",
    "Progress",
    "TableDifference",
    "run_import",
]


@dataclass(frozen=True)
class ImportResult:
    """What an import did, or with ``dry_run`` would do: the difference by table, and the files' SHA-256 by name."""

    differences: dict[str, TableDifference]
    files: dict[str, str]
    dry_run: bool

    @property
    def nothing(self) -> bool:
        """Whether everything was as it should be."""
        return not any(one.new or one.changed for one in self.differences.values())


def run_import(
    paths: Sequence[Path], *, by: Actor, dry_run: bool = False, progress: Progress = nothing_to_tell
) -> ImportResult:
    """Import the vendor's files and folders; with ``dry_run`` only say what would change.

    Reading and checking happens before the transaction, so that the portal can write meanwhile.

    Raises:
        NotReadable: a path is no file of the import.
        ImportRefused: the files have errors; all of them are in it, nothing was written.
        FilesChanged: a file was changed while it was imported; nothing was written.
    """
    with closing(Staging(find_files(paths), progress=progress)) as staging, scopes_disabled():
        staging.fill()
        context = context_of(staging)
        found = differences(context)
        if staging.problems.count:
            raise ImportRefused(staging.problems)
        if not dry_run:
            import_data(context=context, differences=found, by=by)
        return ImportResult(found, {source.name: source.sha256 for source in staging.files}, dry_run)
