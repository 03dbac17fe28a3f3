"""URLs of the customer's tickets."""

from django.urls import path

from torhaus.web.tickets import answering, asking, views

urlpatterns = [
    path("help/tickets/", views.tickets, name="tickets"),
    path("help/tickets/new/", asking.create_ticket, name="create_ticket"),
    path("help/tickets/<str:ref>/", views.ticket, name="ticket"),
    path("help/tickets/<str:ref>/received/", asking.ticket_received, name="ticket_received"),
    path("help/tickets/<str:ref>/reply/", answering.reply_to_ticket, name="reply_to_ticket"),
    path("help/tickets/<str:ref>/close/", answering.close_ticket, name="close_ticket"),
    path("help/attachments/<str:ref>/", views.ticket_attachment, name="ticket_attachment"),
]
