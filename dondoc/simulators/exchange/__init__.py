"""A stand-in of an Exchange server: Exchange Web Services on loopback, for trials and tests."""

from dondoc.simulators.exchange.exchange import OPERATIONS, Exchange, serve
from dondoc.simulators.exchange.faults import Fault, Faults
from dondoc.simulators.exchange.login import SCHEMES, Scheme

__all__ = ["OPERATIONS", "SCHEMES", "Exchange", "Fault", "Faults", "Scheme", "serve"]
