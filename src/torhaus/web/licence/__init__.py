"""The offline licence and the licence tokens of a contract."""
