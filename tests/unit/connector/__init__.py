"""Unit tests of adapters: no input or output."""
