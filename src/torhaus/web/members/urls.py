"""URLs of members and roles."""

from django.urls import path

from torhaus.web.members import inviting, ownership, views

urlpatterns = [
    path("members/", views.members, name="members"),
    path("members/invite/", views.invite_member, name="invite_member"),
    path("members/invite-several/", inviting.invite_members, name="invite_members"),
    path("members/invite-several/template.csv", inviting.invite_members_csv, name="invite_members_csv"),
    path("members/<str:ref>/", views.member, name="member"),
    path("members/<str:ref>/role/", views.change_member_role, name="change_member_role"),
    path("members/<str:ref>/deactivate/", views.deactivate_member, name="deactivate_member"),
    path("members/<str:ref>/reactivate/", views.reactivate_member, name="reactivate_member"),
    path("members/<str:ref>/remove/", views.remove_member, name="remove_member"),
    path("members/<str:ref>/offer-ownership/", ownership.offer_ownership, name="offer_ownership"),
    path("ownership/", ownership.accept_ownership, name="accept_ownership"),
    path("ownership/withdraw/", ownership.withdraw_ownership, name="withdraw_ownership"),
    path("members/<str:ref>/resend/", views.resend_invitation, name="resend_invitation"),
    path("members/<str:ref>/passkey-link/", views.send_passkey_link, name="send_passkey_link"),
]
