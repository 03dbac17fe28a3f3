"""Pages on which a customer keeps its people and their roles."""
