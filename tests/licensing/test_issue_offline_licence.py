"""Many ask for an offline licence at once, in processes of their own: numbers without gap or double, never an error."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import servers
from tests.licensing.crowds import ENGINES

DATABASES = pytest.mark.parametrize("database", ENGINES)
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


BOUND = """
    from torhaus.licensing.policies import usual_values
    from torhaus.licensing.set_policy import set_contract_policy
    from torhaus.vendor.actions import create_signing_key
    people.vendor()
    create_signing_key(by=people.SYSTEM)
    contract = people.contract(people.customer())
    people.booking(contract)
    values = usual_values() | {"offline_files": "bound", "model": "node_locked", "max_installations": 3}
    set_contract_policy(contract_ref=contract.ref, values=values, by=people.SYSTEM)
    print(contract.ref)
    """


@pytest.mark.servers
@pytest.mark.slow
@DATABASES
def test_R35_files_for_more_machines_than_there_are_places_go_to_exactly_as_many(database):
    with servers.installation(database=database) as here:
        ref = here.python(BOUND).split()[-1]
        code = f"""
            import threading
            from django.db import connection
            from torhaus.licensing.activate_installation import TooManyInstallations
            from torhaus.licensing.issue_offline_licence import Machine, issue_offline_licence
            def run(number):
                machine = Machine(parts={{"machine": str(number)}})
                try:
                    issue_offline_licence(contract_ref={ref!r}, newest_seen=0, machine=machine, by=people.SYSTEM)
                except TooManyInstallations:
                    pass
                connection.close()
            failed = []
            threading.excepthook = lambda args: failed.append(args.exc_value)
            threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
            [t.start() for t in threads]; [t.join() for t in threads]
            assert not failed, failed
            """
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(here.python, [code, code]))  # both ask for the same six machines
        told = here.python(
            """
            from torhaus.licensing.models import Installation, Licence, OfflineLicence
            with scopes_disabled():
                files = OfflineLicence.objects.values_list("installation", flat=True)
                print(len(files), len(set(files)), Installation.objects.count(), Licence.objects.get().installations)
            """
        ).splitlines()
        assert told[-1] == "3 3 3 3"
