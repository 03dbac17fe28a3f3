"""Licences as staff see them: policies of plans and contracts, a contract's licences and where its product runs."""
