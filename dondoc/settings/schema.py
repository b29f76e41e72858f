"""JSON Schemas of the configuration files, for editors that complete and check while one types."""

import json
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from dondoc.settings.models import CalendarFile, CampaignFile, DirectoryFile
from dondoc.settings.models_columns import ColumnsFile
from dondoc.settings.models_main import MainFile
from dondoc.settings.models_phrases import PhrasesFile
from dondoc.settings.models_portal import PortalFile
from dondoc.settings.models_rest import RestFile

FORMS: Final[dict[str, type[BaseModel]]] = {
    "dondoc": MainFile,
    "directory": DirectoryFile,
    "campaign": CampaignFile,
    "calendar": CalendarFile,
    "columns": ColumnsFile,
    "rest": RestFile,
    "portal": PortalFile,
    "phrases": PhrasesFile,
}
"""The kind of each configuration file and its form."""


# JSON Schema has no narrower type in Python.
def json_schema() -> dict[str, dict[str, Any]]:
    """Return one schema (draft 2020-12) for each kind of file, by the kind's name."""
    return {
        kind: {"$schema": GenerateJsonSchema.schema_dialect, **form.model_json_schema()}
        for kind, form in FORMS.items()
    }


def schema_text(schema: dict[str, Any]) -> str:
    """Return a schema as the file that is shipped."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
