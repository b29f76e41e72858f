"""Tests of mappings/text."""
