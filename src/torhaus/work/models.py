"""What the task library does not keep: attempts, leases, dead letters, and the schedule's ticks."""

from django.db import models


class Attempt(models.Model):
    """The state of one background job beyond the library's own row (``task_id`` is its primary key)."""

    task_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=64, blank=True)
    last_error = models.TextField(blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["dead_at"], name="attempt_dead", condition=models.Q(dead_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.name} #{self.attempts}"


class Tick(models.Model):
    """When a scheduled job was last enqueued; the unique name lets only one process enqueue a tick."""

    name = models.CharField(max_length=80, primary_key=True)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
