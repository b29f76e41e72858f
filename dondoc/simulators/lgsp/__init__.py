"""The provincial REST axis (LGSP) in front of the simulated document exchange.

Written from the protocol's description alone; it shares no code with the client in `connector`.
It works on the state folder of `dondoc.simulators.eoffice`: one exchange, reached by two protocols.
"""

from dondoc.simulators.lgsp.axis import Axis, serve
from dondoc.simulators.lgsp.faults import Fault, Faults
from dondoc.simulators.lgsp.tokens import Account

__all__ = ["Account", "Axis", "Fault", "Faults", "serve"]
