"""What the worker does by the clock, in one place."""

from datetime import timedelta

from django.conf import settings

from torhaus.accounts.tasks import (
    forget_old_failures,
    forget_old_login_codes,
    forget_old_mail_changes,
    forget_old_password_resets,
    forget_old_sessions,
)
from torhaus.journeys.tasks import (
    announce_due_releases,
    collect_files,
    fetch_mail,
    forget_old_keys,
    forget_old_proofs,
    forget_old_recoveries,
    purge_retained,
    remind_of_education,
    send_usage_reports,
    sign_chain_head,
    tend_temporary_seats,
    warn_of_usage,
)
from torhaus.licensing.tasks import collect_ended_leases, forget_old_reset_links, tidy_places
from torhaus.records.actions import seal_records
from torhaus.releases.tasks import tidy_releases
from torhaus.usage.tasks import forget_unconfirmed_recipients, purge_old_reports
from torhaus.work.schedule import Repeated, Scheduled
from torhaus.work.tasks import clear_expired_sessions, clear_file_leftovers, prune_finished_jobs

SCHEDULE: tuple[Scheduled, ...] = (
    Scheduled("sign_chain_head", timedelta(hours=1), sign_chain_head),
    Scheduled("clear_expired_sessions", timedelta(days=1), clear_expired_sessions),
    Scheduled("forget_old_failures", timedelta(days=1), forget_old_failures),
    Scheduled("forget_old_password_resets", timedelta(days=1), forget_old_password_resets),
    Scheduled("forget_old_login_codes", timedelta(days=1), forget_old_login_codes),
    Scheduled("forget_old_mail_changes", timedelta(days=1), forget_old_mail_changes),
    Scheduled("forget_old_sessions", timedelta(days=1), forget_old_sessions),
    Scheduled("forget_old_reset_links", timedelta(days=1), forget_old_reset_links),
    Scheduled("forget_old_recoveries", timedelta(days=1), forget_old_recoveries),
    Scheduled("purge_retained", timedelta(days=1), purge_retained),
    Scheduled("forget_old_keys", timedelta(hours=6), forget_old_keys),
    Scheduled("collect_ended_leases", timedelta(minutes=1), collect_ended_leases),
    Scheduled("tidy_places", timedelta(hours=1), tidy_places),
    Scheduled("clear_file_leftovers", timedelta(days=1), clear_file_leftovers),
    Scheduled("collect_files", timedelta(days=1), collect_files),
    Scheduled("prune_finished_jobs", timedelta(days=1), prune_finished_jobs),
    Scheduled("announce_due_releases", timedelta(minutes=1), announce_due_releases),
    Scheduled("warn_of_usage", timedelta(minutes=1), warn_of_usage),
    Scheduled("send_usage_reports", timedelta(minutes=10), send_usage_reports),
    Scheduled("tend_temporary_seats", timedelta(hours=1), tend_temporary_seats),
    Scheduled("remind_of_education", timedelta(hours=1), remind_of_education),
    Scheduled("forget_old_proofs", timedelta(days=1), forget_old_proofs),
    Scheduled("purge_old_reports", timedelta(days=1), purge_old_reports),
    Scheduled("forget_unconfirmed_recipients", timedelta(hours=1), forget_unconfirmed_recipients),
    Scheduled("tidy_releases", timedelta(hours=1), tidy_releases),
)
if settings.OPTIONS.imap_host:
    SCHEDULE += (Scheduled("fetch_mail", timedelta(minutes=1), fetch_mail),)
# Without a row in the queue: it costs one look at a table that is empty most of the time.
REPEATED = (Repeated("seal_records", 2.0, seal_records),)
