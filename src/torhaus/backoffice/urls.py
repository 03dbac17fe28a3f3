"""URLs of the staff's door."""

from django.urls import include, path

from torhaus.backoffice.accounts import views as accounts
from torhaus.backoffice.articles import urls as articles
from torhaus.backoffice.booking_requests import views as booking_requests
from torhaus.backoffice.contracts import views as contracts
from torhaus.backoffice.customers import views as customers
from torhaus.backoffice.education import urls as education
from torhaus.backoffice.home import views as home
from torhaus.backoffice.invoices import views as invoices
from torhaus.backoffice.jobs import views as jobs
from torhaus.backoffice.licensing import urls as licensing
from torhaus.backoffice.mails import views as mails
from torhaus.backoffice.people import recovery
from torhaus.backoffice.people import views as people
from torhaus.backoffice.personal_data import views as personal_data
from torhaus.backoffice.seats import urls as seats
from torhaus.backoffice.service_report import views as service_report
from torhaus.backoffice.tickets import urls as tickets
from torhaus.backoffice.tokens import views as tokens

app_name = "backoffice"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", customers.create_customer, name="create_customer"),
    path("customers/<str:ref>/", customers.customer, name="customer"),
    path("customers/<str:ref>/contracts/new/", contracts.create_contract, name="create_contract"),
    path("customers/<str:ref>/owner/", people.invite_owner, name="invite_owner"),
    path("customers/<str:ref>/owner/recover/", recovery.propose_owner_recovery, name="propose_owner_recovery"),
    path(
        "customers/<str:ref>/owner/recover/<str:proposal>/confirm/",
        recovery.confirm_owner_recovery,
        name="confirm_owner_recovery",
    ),
    path(
        "customers/<str:ref>/owner/recover/<str:proposal>/withdraw/",
        recovery.withdraw_owner_recovery,
        name="withdraw_owner_recovery",
    ),
    path("owners-to-recover/", recovery.owner_recoveries, name="owner_recoveries"),
    path("contracts/<str:ref>/", contracts.contract, name="contract"),
    path("contracts/<str:ref>/bookings/new/", contracts.add_booking, name="add_booking"),
    path("contracts/<str:ref>/tokens/new/", tokens.issue_token, name="issue_token"),
    path("contracts/<str:ref>/view/", customers.view_as_customer, name="view_as_customer"),
    *licensing.urlpatterns,
    *seats.urlpatterns,
    path("view/end/", customers.end_preview, name="end_preview"),
    path("tokens/<str:public_id>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("requests/", booking_requests.booking_requests, name="booking_requests"),
    path("requests/<str:ref>/", booking_requests.booking_request, name="booking_request"),
    path("requests/<str:ref>/accept/", booking_requests.accept_booking_request, name="accept_booking_request"),
    path("requests/<str:ref>/decline/", booking_requests.decline_booking_request, name="decline_booking_request"),
    *education.urlpatterns,
    path("personal-data/", personal_data.erasure_requests, name="erasure_requests"),
    path("personal-data/new/", personal_data.file_erasure, name="file_erasure"),
    path("personal-data/<str:ref>/", personal_data.erasure_request, name="erasure_request"),
    path("personal-data/<str:ref>/erase/", personal_data.erase_person, name="erase_person"),
    path("personal-data/<str:ref>/decline/", personal_data.decline_erasure, name="decline_erasure"),
    path("personal-data/<str:ref>/export/", personal_data.export_personal_data, name="export_personal_data"),
    path("invoices/", invoices.unmatched_invoices, name="unmatched_invoices"),
    path("invoices/<str:ref>/", invoices.match_invoice, name="match_invoice"),
    *tickets.urlpatterns,
    *articles.urlpatterns,
    path("service-report/", service_report.service_report, name="service_report"),
    path("service-report/export.csv", service_report.service_report_csv, name="service_report_csv"),
    path("releases/", include("torhaus.backoffice.releases.urls")),
    path("mails/", mails.mails, name="mails"),
    path("mails/<str:ref>/", mails.mail, name="mail"),
    path("mails/<str:ref>/html/", mails.mail_html, name="mail_html"),
    path("jobs/", jobs.failed_jobs, name="failed_jobs"),
    path("jobs/<uuid:task_id>/retry/", jobs.retry_job, name="retry_job"),
    path("jobs/<uuid:task_id>/discard/", jobs.discard_job, name="discard_job"),
]
