"""URLs of tickets and canned answers on the staff's side."""

from django.urls import path

from torhaus.backoffice.tickets import answering, canned, files, queue, views

urlpatterns = [
    path("tickets/", queue.tickets, name="tickets"),
    path("tickets/next/", queue.take_next_ticket, name="take_next_ticket"),
    path("tickets/attachments/<str:ref>/", files.ticket_attachment, name="ticket_attachment"),
    path("tickets/<str:ref>/", views.ticket, name="ticket"),
    path("tickets/<str:ref>/answer/", answering.answer_ticket, name="answer_ticket"),
    path("tickets/<str:ref>/note/", views.note_ticket, name="note_ticket"),
    path("tickets/<str:ref>/assign/", views.assign_ticket, name="assign_ticket"),
    path("tickets/<str:ref>/state/", views.change_ticket_state, name="change_ticket_state"),
    path("tickets/<str:ref>/merge/", views.merge_tickets, name="merge_tickets"),
    path("canned-answers/", canned.canned_answers, name="canned_answers"),
    path("canned-answers/new/", canned.create_canned_answer, name="create_canned_answer"),
    path("canned-answers/<str:ref>/", canned.edit_canned_answer, name="edit_canned_answer"),
    path("canned-answers/<str:ref>/delete/", canned.delete_canned_answer, name="delete_canned_answer"),
]
