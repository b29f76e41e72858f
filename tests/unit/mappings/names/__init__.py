"""Tests of mappings/names."""
