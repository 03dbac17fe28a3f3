"""Mails about new versions: subscribe, confirm, end."""
