"""Unit tests of the ledger and the evidence store."""
