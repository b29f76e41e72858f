"""Adapters that keep the ledger and the raw evidence."""
