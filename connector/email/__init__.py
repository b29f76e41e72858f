"""Adapters to mail servers."""
