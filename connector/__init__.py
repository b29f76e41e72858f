"""Adapters: move bytes, translate errors, interpret nothing."""
