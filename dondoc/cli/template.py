"""`dondoc template`: the templates of mails, to begin one's own with and to look at."""

from pathlib import Path
from typing import Annotated

import typer

from domain.errors import NotFound
from dondoc.cli.options import DEFAULT_CONFIG, Config
from dondoc.cli.output import print_line

Name = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", help="A template, as directive.j2; else all are listed."),
]
Example = Annotated[
    bool,
    typer.Option("--example", help="Write the mail with made-up data and your own templates."),
]


def template(name: Name = None, example: Example = False, config: Config = DEFAULT_CONFIG) -> None:
    """Print Dondoc's own template of a mail, to be changed and put into your folder of templates.

    With --example the mail is written as offices would get it, by the templates of the
    configuration.

    Example: dondoc template reminder_before.j2 > templates/reminder_before.j2
    """
    from mappings.mail.rendering import FILES, SOURCES  # noqa: PLC0415

    if name is None:
        for known in FILES:
            print_line(known)
        return
    file = name if name.endswith(".j2") else f"{name}.j2"
    if file not in FILES:
        raise NotFound(f"there is no template {name}; there are: {', '.join(FILES)}")
    if example:
        _print_example(file, config)
    else:
        print_line(SOURCES[file].rstrip("\n"))


def _print_example(file: str, config: Path) -> None:
    from dondoc.settings.load import load_settings  # noqa: PLC0415
    from mappings.mail.rendering import MailTemplates  # noqa: PLC0415
    from mappings.mail.samples import full_samples  # noqa: PLC0415

    own = load_settings(config).templates
    mail = next((mail for mail in full_samples() if f"{mail.template}.j2" == file), None)
    if mail is None:
        raise NotFound(f"{file} is a part of all mails; name the template of one")
    written = MailTemplates(own).fill(mail.template, mail)
    print_line(f"Subject: {written.subject}\n")
    print_line(written.text.rstrip("\n"))
