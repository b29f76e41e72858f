"""Whether a database has room for what the durable engine keeps in it."""

from enum import Enum


class EngineSchema(Enum):
    """How the engine's schema stands in a database, seen by the user of ours."""

    OWN = "own"
    MAY_BE_MADE = "may be made"
    OF_ANOTHER = "of another"
    REFUSED = "refused"
