"""Tests of mappings/letter."""
