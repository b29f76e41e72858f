"""The crash suite: a whole campaign whose daemon is killed at every boundary, and then counted.

``boundaries`` lists where it is killed, ``steps`` wraps the ports so that it is, ``daemon`` is the
process that is killed, ``command`` one beside it. ``place`` is what they work in, ``offices`` who
answers, ``desk`` who gives commands, ``incidents`` what goes wrong in ``trouble``. ``count`` and
``aftermath`` are what is counted at the end; ``story`` puts them together, ``tally`` tells of it.
"""
