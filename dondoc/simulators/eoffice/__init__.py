"""A stand-alone document exchange that speaks the VXP node protocol, for trials and tests.

Written from the protocol's description alone; it shares no code with the client in `connector`,
so that each tests the other.
"""

from dondoc.simulators.eoffice.agencies import read_agencies
from dondoc.simulators.eoffice.exchange import Exchange, serve
from dondoc.simulators.eoffice.faults import Fault, Faults
from dondoc.simulators.eoffice.units import Agency

__all__ = ["Agency", "Exchange", "Fault", "Faults", "read_agencies", "serve"]
