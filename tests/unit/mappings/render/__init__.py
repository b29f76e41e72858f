"""Tests of mappings/render."""
