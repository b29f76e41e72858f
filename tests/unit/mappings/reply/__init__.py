"""Tests of mappings/reply."""
