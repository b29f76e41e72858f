"""Stand-in exchange, mail servers and offices for trials, the demo and tests."""
