"""Products ask by the clock while people browse: for some seconds here, for ten minutes in ``make prove``."""

import re
import subprocess
import sys

import pytest

from tests.licensing.crowds import ENGINES
from tests.servers import ROOT

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("database", ENGINES)
def test_R86_products_that_ask_by_the_clock_while_people_browse_all_get_good_answers(database):
    """How fast is measured where nothing else runs; that none is lost, wrong or late in coming holds everywhere."""
    command = [sys.executable, "-m", "scripts.prove", "--reduced", f"steady-{database}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert re.search(r"^met +errors 0, none$", done.stdout, re.MULTILINE), done.stdout + done.stderr
    assert re.search(r"^met +checks sent", done.stdout, re.MULTILINE), done.stdout
    verified = re.search(r"^([\d,]+) answers and signatures verified", done.stdout, re.MULTILINE)
    assert int(verified[1].replace(",", "")) > 0


def test_a_proof_is_chosen_by_its_name_and_an_unknown_one_is_told():
    command = [sys.executable, "-m", "scripts.prove", "--reduced", "steadily"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "There is no proof steadily. There are " in done.stderr
    assert "steady-sqlite" in done.stderr
