"""Many ask for an offline licence at once, in processes of their own: numbers without gap or double, never an error."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import servers

DATABASES = pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
SETUP = """
    from torhaus.vendor.actions import create_signing_key
    people.vendor()
    create_signing_key(by=people.SYSTEM)
    contract = people.contract(people.customer())
    people.booking(contract)
    print(contract.ref)
    """


@pytest.mark.servers
@pytest.mark.slow
@DATABASES
@pytest.mark.parametrize(("seen", "expected"), [(None, list(range(1, 11))), (0, [1])])
def test_parallel_issues_number_without_gaps_and_the_same_form_issues_one(database, seen, expected):
    with servers.installation(database=database) as here:
        ref = here.python(SETUP).split()[-1]
        code = f"""
            import threading
            from django.db import connection
            from torhaus.licensing.issue_offline_licence import issue_offline_licence
            def run():
                issue_offline_licence(contract_ref={ref!r}, newest_seen={seen!r}, by=people.SYSTEM)
                connection.close()
            failed = []
            threading.excepthook = lambda args: failed.append(args.exc_value)
            threads = [threading.Thread(target=run) for _ in range(5)]
            [t.start() for t in threads]; [t.join() for t in threads]
            assert not failed, failed
            """
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(here.python, [code, code]))
        told = here.python(
            """
            from torhaus.licensing.models import OfflineLicence
            from torhaus.records.models import Record
            with scopes_disabled():
                print([one.number for one in OfflineLicence.objects.order_by("number")])
                print(Record.objects.filter(deed="issue_offline_licence").count())
            """
        ).splitlines()
        assert told[-2:] == [str(expected), str(len(expected))]
