"""The deed ``discard_job``: staff removes a dead background job for good."""

from uuid import UUID

from torhaus.records.deeds import Actor, deed, write_record
from torhaus.work.actions import drop


@deed("discard_job")
def discard_job(*, task_id: UUID, by: Actor) -> None:
    """Remove a dead job; its record is what is left of it.

    Raises:
        NotDead: it is no dead letter (any more).
    """
    name = drop(task_id=task_id)
    write_record(by=by, subject=("job", str(task_id)), before={"job": name})
