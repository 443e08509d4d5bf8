"""`asynclint rule`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import click

from asynclint.findings import rule_url


@dataclass(frozen=True)
class Page:
    """What is told of a rule, or of a trouble with a file."""

    code: str
    name: str
    summary: str
    default: bool
    explanation: str
    url: str

    def text(self) -> str:
        """The page as Markdown."""
        off = "" if self.default else "\n\nThis rule is off unless it is selected by its code."
        return f"# {self.name} ({self.code}){off}\n\n{self.explanation}\n"


@click.command()
@click.argument("which", required=False, metavar="[CODE_OR_NAME]")
@click.option("--all", "everything", is_flag=True, help="Show the pages of all rules.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How pages are written.",
)
def rule(*, which: str | None, everything: bool, output_format: str) -> None:
    """Show the page of a rule; without one, the list of rules."""
    if which is not None and everything:
        raise click.UsageError("name one rule, or ask for --all")
    pages = _pages()
    if which is not None:
        page = pages[_code(which, tuple(pages))]
        click.echo(json.dumps(asdict(page), indent=2) if output_format == "json" else page.text())
    elif output_format == "json":
        click.echo(json.dumps([asdict(page) for page in pages.values()], indent=2))
    elif everything:
        click.echo("\n".join(page.text() for page in pages.values()), nl=False)
    else:
        width = max(len(page.name) for page in pages.values())
        for page in pages.values():
            click.echo(f"{page.code}  {page.name:<{width}}  {page.summary}")


def _pages() -> dict[str, Page]:
    from asynclint.engine.troubles import TROUBLES
    from asynclint.rules import all_rules

    told: list[Page] = []
    for each in TROUBLES:
        url = rule_url(each.code, each.name)
        told.append(Page(each.code, each.name, each.summary(), True, each.page(), url))
    for one in all_rules():
        url = rule_url(one.code, one.name)
        told.append(Page(one.code, one.name, one.summary(), one.default, one.page(), url))
    return {page.code: page for page in told}


def _code(which: str, codes: tuple[str, ...]) -> str:
    from asynclint.engine.selectors import UnknownSelectorError, as_code

    try:
        code = as_code(which)
    except UnknownSelectorError as error:
        raise click.UsageError(str(error)) from error
    if code not in codes:
        several = ", ".join(each for each in codes if each.startswith(code))
        raise click.UsageError(f"{which} is a group: {several}")
    return code
