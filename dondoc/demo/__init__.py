"""The demo: the whole job in one process, with servers and offices of its own."""
