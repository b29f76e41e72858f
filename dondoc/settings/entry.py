"""What all entries of configuration files share: unknown keys are errors, nothing is coerced."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.words import say
from dondoc.settings.values import Text, refuse


class Entry(BaseModel):
    """A mapping of a configuration file; docstrings of its members describe the keys."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
CredentialName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$")]


class SecretEntry(Entry):
    """Where a secret is found; exactly one of the three."""

    env: EnvName | None = None
    """Name of an environment variable."""
    file: Text | None = None
    """File that holds nothing but the secret, readable by Dondoc only."""
    credential: CredentialName | None = None
    """Name of a systemd credential (LoadCredential=)."""

    @model_validator(mode="after")
    def _one_source(self) -> "SecretEntry":
        if len(self.model_fields_set) != 1:
            raise refuse(
                say("must name exactly one source"),
                say("write {{env: NAME}}, {{file: path}} or {{credential: name}}"),
            )
        return self
