"""Adapters to e-office systems and the document exchange."""
