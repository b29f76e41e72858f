"""Use cases, written against the ports of the domain."""
