"""Real mail servers for tests and benchmarks: Dovecot and Postfix from Debian's packages.

They run on loopback ports in a temporary folder, as root or as an ordinary user, and touch
neither the system's own servers nor its configuration. No mail can leave the machine.
"""
