"""URLs of the account in the company settings. Those with a code lead on at once to one without."""

from django.urls import path

from torhaus.web.account import booking, education, from_product, notices, report_mails, reports, views

urlpatterns = [
    path("settings/account/price-plan/", views.price_plan, name="price_plan"),
    path("settings/account/book/", booking.request_booking, name="request_booking"),
    path(
        "settings/account/book/from-product/<str:ref>/<str:code>/",
        from_product.follow_booking_link,
        name="follow_booking_link",
    ),
    path("settings/account/education/", education.education_terms, name="education_terms"),
    path("settings/account/education/ask/", education.request_education, name="request_education"),
    path(
        "settings/account/education/<str:ref>/withdraw/",
        education.withdraw_education_request,
        name="withdraw_education_request",
    ),
    path("settings/account/education/<str:ref>/proof/", education.education_proof, name="education_proof"),
    path("settings/account/notices/", notices.choose_usage_notices, name="choose_usage_notices"),
    path("settings/account/reports/", reports.usage_reports, name="usage_reports"),
    path("settings/account/reports/add/", reports.add_report_recipient, name="add_report_recipient"),
    path("settings/account/reports/<str:ref>/", reports.change_report_recipient, name="change_report_recipient"),
    path("settings/account/reports/<str:ref>/remove/", reports.remove_report_recipient, name="remove_report_recipient"),
    path("settings/account/reports/<str:ref>/send/", reports.send_usage_report, name="send_usage_report"),
    path("report-mails/confirm/", report_mails.confirm_report_recipient, name="confirm_report_recipient"),
    path("report-mails/stop/", report_mails.stop_report_mails, name="stop_report_mails"),
    path("report-mail/<str:ref>/<str:code>/", report_mails.open_report_mail, name="open_report_mail"),
    path("report-mail/<str:ref>/<str:code>/end/", report_mails.end_report_mails, name="end_report_mails"),
]
