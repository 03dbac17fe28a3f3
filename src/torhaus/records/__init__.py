"""Who did what, when: one record per deed, sealed into a hash chain."""
