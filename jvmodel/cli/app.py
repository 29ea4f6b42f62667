"""The application that commands register with, the arguments they share, and exit codes as the contract has them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption
from typer.models import CommandFunctionType

from jvmodel.errors import JvmodelError

AT_FAULT, WRONG_USAGE, CHECK_FAILED = 1, 2, 3


class Command(TyperCommand):
    """A command that takes an option once, unless it says that it may be repeated: the last one would win without a word."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuses an option that is given again."""
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        for option, times in Counter(order).items():
            if times > 1 and isinstance(option, TyperOption) and not (option.multiple or option.is_flag):
                raise typer.BadParameter(f"given {times} times; give it once", ctx, option)
        return super().parse_args(ctx, args)


class Application(typer.Typer):
    """The application, whose commands are all of the kind above."""

    def command(self, *arguments: Any, **settings: Any) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Registers a command."""
        return super().command(*arguments, cls=Command, **settings)


app = Application(
    name="jvmodel", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Joint ventures in mining: cash flows, splits, workbooks and term sheets from one deal file.",
)  # fmt: skip

DealPath = Annotated[str, typer.Argument(metavar="DEAL", help="Path of a deal file, or the name of an example such as kasanga.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Override a number, such as prices.copper.flat=9000; may be repeated."),
]
InLanguage = Annotated[
    str | None,
    typer.Option("--language", metavar="CODE", help="Language of the term sheet: en, fr or es; the deal's own when not given."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def main(arguments: list[str] | None = None) -> Any:
    """Runs the command line and exits with 0, 1 (deal at fault), 2 (wrong usage) or 3 (a check failed)."""
    try:
        app(arguments)
    except JvmodelError as error:
        typer.echo(str(error), err=True)
        sys.exit(AT_FAULT)
