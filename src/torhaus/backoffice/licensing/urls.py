"""URLs of policies, and of what staff do with a contract's licence."""

from django.urls import path

from torhaus.backoffice.licensing import contract_views, policy_views

urlpatterns = [
    path("policies/", policy_views.policies, name="policies"),
    path("policies/<slug:key>/", policy_views.set_plan_policy, name="set_plan_policy"),
    path("policies/<slug:key>/clear/", policy_views.clear_plan_policy, name="clear_plan_policy"),
    path("contracts/<str:ref>/policy/", policy_views.set_contract_policy, name="set_contract_policy"),
    path("contracts/<str:ref>/policy/clear/", policy_views.clear_contract_policy, name="clear_contract_policy"),
    path("contracts/<str:ref>/suspend/", contract_views.suspend_contract, name="suspend_contract"),
    path("contracts/<str:ref>/resume/", contract_views.resume_contract, name="resume_contract"),
    path("installations/<str:ref>/name/", contract_views.name_installation, name="name_installation"),
    path("installations/<str:ref>/remove/", contract_views.remove_installation, name="remove_installation"),
]
