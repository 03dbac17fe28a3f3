"""How files and functions are built: small, well named, imports on top, reasons beside exceptions."""

import ast
import re

from tests.house.source import DOORS, PACKAGE, ROOT, files, python, shown, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "services", "service", "manager", "managers", "misc"}
SOURCES = ("src/", "sdk/", "scripts/")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_no_file_is_longer_than_can_be_read():
    checked = [path for path in files() if path.suffix in {".py", ".html", ".css", ".js"} and "vendor" not in path.name]
    long = {
        shown(path): count for path in checked if (count := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert not long


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{shown(path, node.lineno)} {node.name}"
        for path in python(*SOURCES)
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS) and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long


def test_a_cell_that_is_folded_on_a_phone_shows_what_it_is():
    unlabelled = [
        f"{shown(path)}: {cell}"
        for path in files()
        if path.suffix == ".html"
        for cell in re.findall(r"<td [^>]*data-l=[^>]*>", path.read_text("utf-8"))
        if not re.search(r'class="[^"]*\bf-[dlr]\b', cell)
    ]
    assert not unlabelled, "without the class f-d the label is not shown"


def test_names_say_what_is_inside():
    assert not [shown(path) for path in files() if path.suffix == ".py" and NO_NAMES & set(path.with_suffix("").parts)]


def test_imports_stand_on_top():
    inside = [
        shown(path, inner.lineno)
        for path in python("src/", "sdk/")
        for node in ast.walk(tree(path))
        if isinstance(node, FUNCTIONS)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not inside


def test_doors_do_not_query():
    """Doors call queries, actions and journeys; a query set of their own would be a rule of their own."""
    found = [
        shown(path, node.lineno)
        for door in DOORS
        for path in python(f"src/torhaus/{door}/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "raw"}
    ]
    assert not found


def test_every_exception_to_a_check_states_its_reason():
    bare = re.compile(r"#\s*noqa(?!: [A-Z0-9, ]+ - \w)|#\s*type:\s*ignore(?!\[[a-z, -]+\]  # \w)")
    found = [
        shown(path, number)
        for path in python("src/", "sdk/", "scripts/", "tests/")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if bare.search(line) and path.parent.name != "house"
    ]
    assert not found


def test_nothing_is_left_to_be_done():
    mark = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")
    assert not _matches(mark)


def test_no_path_of_one_machine():
    """What works only in somebody's home works nowhere else."""
    mark = re.compile(r"(?<![\w.])/(?:ho" + "me|wo" + "rk|ro" + "ot|Us" + r"ers)/[\w.-]+|[A-Z]:\\\\Us" + "ers")
    assert not _matches(mark)


def _matches(mark):
    found = []
    for path in files():
        if path.suffix in {".py", ".md", ".toml", ".html", ".css", ".js", ".po", ".sh", ".txt", ""}:
            lines = path.read_text("utf-8", "replace").splitlines()
            found += [shown(path, number) for number, line in enumerate(lines, 1) if mark.search(line)]
    return found


def test_every_folder_of_the_package_is_a_package():
    folders = {path.parent for path in python("src/torhaus/")}
    assert not [shown(folder) for folder in folders if not (folder / "__init__.py").is_file()]


def test_modules_state_their_promise():
    silent = [
        shown(path)
        for path in python("src/", "sdk/")
        if path.stat().st_size and not ast.get_docstring(tree(path)) and path != PACKAGE
    ]
    long = [
        shown(path) for path in python("src/", "sdk/") if len((ast.get_docstring(tree(path)) or "").splitlines()) > 8
    ]
    assert not silent
    assert not long


def test_decisions_are_numbered_without_gaps():
    names = sorted(path.name for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert names, "there are decisions"
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name) for name in names)


def test_links_between_documents_lead_somewhere():
    pages = [path for path in files() if path.suffix == ".md"]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))]
    assert len(links) > 10
    dead = [f"{shown(page)}: {link}" for page, link in links if "://" not in link and not (page.parent / link).exists()]
    assert not dead
