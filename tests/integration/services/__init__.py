"""Tests of the use cases with the adapters that keep everything in memory."""
