"""Answers of an e-office with a JSON interface of its own, read by the rules of a mapping file."""
