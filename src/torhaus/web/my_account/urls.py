"""URLs of one's own account."""

from django.urls import path

from torhaus.web.my_account import erasure, factors, mail, personal_data, views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/confirm/", views.confirm_person, name="confirm_person"),
    path("account/password/", views.change_password, name="change_password"),
    path("account/mail/", mail.ask_mail_change, name="ask_mail_change"),
    path("account/mail/code/", mail.change_mail, name="change_mail"),
    path("account/language/", views.change_language, name="change_language"),
    path("account/data/", personal_data.take_personal_data, name="take_personal_data"),
    path("account/erasure/", erasure.ask_erasure, name="ask_erasure"),
    path("account/erasure/withdraw/", erasure.withdraw_erasure, name="withdraw_erasure"),
    path("account/sessions/end-others/", views.end_other_sessions, name="end_other_sessions"),
    path("account/sessions/<str:ref>/end/", views.end_own_session, name="end_own_session"),
    path("account/app/", factors.turn_on_totp, name="turn_on_totp"),
    path("account/app/off/", factors.turn_off_totp, name="turn_off_totp"),
    path("account/passkeys/new/", factors.add_passkey, name="add_passkey"),
    path("account/passkeys/options/", factors.passkey_options, name="passkey_options"),
    path("account/passkeys/<int:ref>/remove/", factors.remove_passkey, name="remove_passkey"),
    path("account/recovery-codes/", factors.renew_recovery_codes, name="renew_recovery_codes"),
]
