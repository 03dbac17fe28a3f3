"""``torhaus issue-token`` shows a token once; older ones end now or after the overlap (B5)."""

import json

import pytest

from tests.servers import installation
from torhaus_sdk.tokens import parse_token

pytestmark = pytest.mark.servers
STORED = """
from torhaus.licensing.models import LicenceToken
with scopes_disabled():
    for t in LicenceToken.objects.order_by("pk"):
        print(t.public_id, "never" if t.expires_at is None else round((t.expires_at - t.issued_at).total_seconds()))
"""


@pytest.fixture
def here():
    with installation() as made:
        made.python("people.vendor(); people.contract(people.customer())")
        yield made


def test_B5_a_token_is_shown_once_and_ends_the_older_ones_at_once(here):
    first, second = (here.torhaus("issue-token", "V-2026-001").stdout.strip() for _ in range(2))
    public_ids = [parse_token(text).public_id for text in (first, second)]
    lines = [line.split() for line in here.python(STORED).splitlines()]
    assert [line[0] for line in lines] == public_ids
    assert int(lines[0][1]) < 30
    assert lines[1][1] == "never"
    database = b"".join(path.read_bytes() for path in here.data_dir.glob("torhaus.sqlite3*"))
    assert parse_token(first).secret.encode() not in database, "the secret is nowhere"


@pytest.mark.parametrize(("overlap", "seconds"), [("1h", 3600), ("24h", 86400), ("7d", 604800)])
def test_B5_older_tokens_may_go_on_for_a_while(here, overlap, seconds):
    here.torhaus("issue-token", "V-2026-001")
    told = json.loads(here.torhaus("issue-token", "V-2026-001", "--overlap", overlap, "--json").stdout)
    assert (told["contract"], told["overlap"], told["ended"]) == ("V-2026-001", overlap, 1)
    lines = [line.split() for line in here.python(STORED).splitlines()]
    assert seconds <= int(lines[0][1]) < seconds + 30
    assert lines[1][0] == parse_token(told["token"]).public_id


def test_an_unknown_contract_and_an_unknown_overlap_are_refused(here):
    done = here.torhaus("issue-token", "V-none", check=False)
    assert (done.returncode, done.stderr) == (1, "torhaus: no contract has the number V-none\n")
    done = here.torhaus("issue-token", "V-2026-001", "--overlap", "3h", check=False)
    assert done.returncode == 2
    assert here.python(STORED) == ""
