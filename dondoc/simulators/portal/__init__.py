"""A stand-alone portal with a list of directive documents, for trials and tests.

Its pages are made up in the style of a province's department: a table or a list of documents, each
with a page of its own, on which its files are linked.
"""

from dondoc.simulators.portal.faults import Fault, Faults
from dondoc.simulators.portal.pages import Post
from dondoc.simulators.portal.portal import Portal, serve

__all__ = ["Fault", "Faults", "Portal", "Post", "serve"]
