"""Tests of what is due when, with the present instant as an argument."""
