"""Write the reference of the tables into docs/import.md, or with --check say whether it is up to date."""

import importlib
import os
import sys
from pathlib import Path

import django

PAGE = Path(__file__).resolve().parent.parent / "docs" / "import.md"
BEGIN = "<!-- tables: written by make docs -->"


def page() -> str:
    """Give the page as it should be: what stands above the mark, and the reference below."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
    django.setup()
    reference = importlib.import_module("torhaus.journeys.import_data.reference")
    head, _, _ = PAGE.read_text("utf-8").partition(BEGIN)
    return f"{head}{BEGIN}\n\n{reference.table_reference()}"


def main() -> int:
    if "--check" in sys.argv:
        return 0 if PAGE.read_text("utf-8") == page() else 1
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
