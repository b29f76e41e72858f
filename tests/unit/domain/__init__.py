"""Tests of the pure core: no input or output, no clock."""
