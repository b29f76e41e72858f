"""Faults of everything around the daemon: its disk, database, clock, servers, memory and store.

Each is done to a daemon that works in a campaign on real servers, and what came of it is counted as
by the crash suite. ``faults`` has the list.
"""
