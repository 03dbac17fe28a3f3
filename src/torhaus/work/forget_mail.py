"""Takes a mail address out of background jobs. This room lies beside the records: the deed that calls it is a journey."""

import json

from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from torhaus.core.mentions import mentions_of, without_mentions
from torhaus.work.models import Attempt


@transaction.atomic
def forget_mail(mail: str, *, instead: str) -> None:
    """Remove the jobs that were about an address, waiting or over, and take it out of what is noted of other jobs' errors.

    One that runs at this moment goes on; a finished one is removed after a week anyway.
    """
    address, spelled = mentions_of(mail), json.dumps(mail)[1:-1]
    said = DBTaskResult.objects.annotate(said=Cast("args_kwargs", TextField()))
    rows = said.filter(Q(said__icontains=mail) | Q(said__icontains=spelled)).exclude(status=TaskResultStatus.RUNNING)
    about = [pk for pk, text in rows.values_list("pk", "said") if address.search(text)]
    Attempt.objects.filter(task_id__in=about).delete()
    DBTaskResult.objects.filter(pk__in=about).delete()
    for row in DBTaskResult.objects.filter(traceback__icontains=mail):
        text = without_mentions(row.traceback, address, instead)
        DBTaskResult.objects.filter(pk=row.pk).update(traceback=text)
    for one in Attempt.objects.filter(last_error__icontains=mail):
        Attempt.objects.filter(pk=one.pk).update(last_error=without_mentions(one.last_error, address, instead))
