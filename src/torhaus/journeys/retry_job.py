"""The deed ``retry_job``: staff lets a dead background job run again."""

from uuid import UUID

from torhaus.records.deeds import Actor, deed, write_record
from torhaus.work.actions import put_back


@deed("retry_job")
def retry_job(*, task_id: UUID, by: Actor) -> None:
    """Let a dead job run again, with all its attempts.

    Raises:
        NotDead: it is no dead letter (any more).
    """
    name = put_back(task_id=task_id)
    write_record(by=by, subject=("job", str(task_id)), after={"job": name})
