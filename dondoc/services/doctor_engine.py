"""Whether the database lets the engine make its own schema, without which no daemon starts."""

from domain.engine_schema import EngineSchema
from dondoc.services.doctor_check import Check


def examine_engine(found: EngineSchema, user: str, database: str) -> Check:
    """Check the rights of the database's ``user``; both names are as the configuration has them."""
    if found is EngineSchema.OWN:
        return Check(name="engine", ok=True, what="its schema dbos is there and is its own")
    if found is EngineSchema.MAY_BE_MADE:
        return Check(name="engine", ok=True, what="its schema dbos will be made by the first start")
    if found is EngineSchema.OF_ANOTHER:
        return Check(
            name="engine",
            ok=False,
            what=f"its schema dbos belongs to another user than {user}",
            advice=f'let an administrator of the server drop it in {database} (DROP SCHEMA "dbos" '
            "CASCADE) while no daemon runs: nothing in it counts, and the next start makes it anew",
        )
    return Check(
        name="engine",
        ok=False,
        what=f"{user} may not make its schema dbos, so a daemon will not start",
        advice="let the database's owner or an administrator of the server say: "
        f'GRANT CREATE ON DATABASE "{database}" TO "{user}"',
    )
