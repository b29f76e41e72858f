"""Lists of offices."""
