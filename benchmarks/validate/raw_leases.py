"""Take and give leases by our code alone, without HTTP, in many processes (used by ``benchmarks.contention``).

Run: ``python -m benchmarks.validate.raw_leases CLIENTS SECONDS PLACES`` in the environment of an installation.
"""

import os
import sys
import time
from collections import Counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
import django

django.setup()

from django.db import OperationalError, connection
from django_scopes import scopes_disabled

from benchmarks.validate.fights import processes
from torhaus.core import clock
from torhaus.licensing.grants import Policy
from torhaus.licensing.leases import give_lease_back, take_lease
from torhaus.licensing.models import Installation, Lease, Licence


def main(clients: int, seconds: float, places: int) -> None:
    policy = Policy(model="floating", max_leases=places, lease_seconds=3600)
    with scopes_disabled():
        found = list(Installation.objects.order_by("pk").values_list("licence_id", "pk", "ref")[:clients])
    connection.close()

    def work(number: int, barrier) -> Counter:
        licence_id, pk, ref = found[number]
        seen: Counter = Counter()
        connection.ensure_connection()
        barrier.wait(120)
        end = time.monotonic() + seconds
        held = False
        while held or time.monotonic() < end:
            try:
                if held:
                    held = not give_lease_back(licence_id=licence_id, holder=ref)
                    continue
                held = bool(
                    take_lease(licence_id=licence_id, installation_id=pk, holder=ref, policy=policy, now=clock.now())
                )
                seen["taken" if held else "refused"] += 1
            except OperationalError:
                # Far more processes than a server has, all writing at once: SQLite lets one wait for 5 s, then gives up.
                if connection.vendor != "sqlite":
                    raise
                seen["busy"] += 1
        connection.close()
        return seen

    for count in sorted({1, min(8, clients), clients}):
        seen, took = processes(count, work)
        with scopes_disabled():
            left, counted = Lease.objects.count(), Licence.objects.get(pk=found[0][0]).leases
        connection.close()
        if left or counted:
            raise SystemExit(f"{left} leases and a counter of {counted} are left over")
        told = f"{seen['taken'] / took:6.0f} taken and given back/s, {seen['refused'] / took:6.0f} refused/s"
        told += f", {seen['busy']} waited 5 s in vain" if seen["busy"] else ""
        print(f"{connection.vendor:<11} leases.py alone, {count:>2} processes: {told}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
