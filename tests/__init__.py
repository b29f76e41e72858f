"""Tests of Dondoc; not installed."""
