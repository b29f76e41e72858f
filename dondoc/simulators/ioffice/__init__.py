"""A stand-alone e-office with a JSON interface in the shape of iOffice, for trials and tests.

No description of the real interface is public, and it differs from office to office. Paths and
fields are those that third parties were seen to use; what nobody has shown is made up and marked.
"""

from dondoc.simulators.ioffice.documents import Incoming, Outgoing, Receiver, StoredFile
from dondoc.simulators.ioffice.faults import Fault, Faults
from dondoc.simulators.ioffice.office import IOffice, serve

__all__ = [
    "Fault",
    "Faults",
    "IOffice",
    "Incoming",
    "Outgoing",
    "Receiver",
    "StoredFile",
    "serve",
]
