"""Erasing a person (GDPR Art. 17): who that is, what is stored of them where, and the deed that takes it away."""
