"""The crash suite: a whole campaign whose daemon is killed at every boundary, and then counted.

``boundaries`` lists where it is killed, ``steps`` wraps the ports so that it is, ``daemon`` is the
process that is killed. ``place`` is what it works in, ``offices`` who answers, ``count`` what is
counted at the end; ``story`` puts them together, ``report`` tells of it.
"""
