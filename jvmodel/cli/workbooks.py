"""Commands on a workbook: read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jvmodel.cli.app import app


@app.command()
def read(
    workbook: Annotated[Path, typer.Argument(metavar="WORKBOOK", help="Workbook that jvmodel wrote and somebody changed.")],
    onto: Annotated[str, typer.Option(metavar="DEAL", help="Deal file that the workbook came from, or the name of an example.")],
    out: Annotated[
        Path | None, typer.Option(metavar="NEW.yaml", help="Deal file to write; without it the changes are only shown.")
    ] = None,
) -> None:
    """Take the changes made on a workbook's inputs back to a deal file, and show what every party gains or loses."""
    from jvmodel.dealfile import load
    from jvmodel.model import build
    from jvmodel.reading import onto as taken
    from jvmodel.reading import read_workbook
    from jvmodel.reading.beside import write_deal
    from jvmodel.reading.difference import lines

    model = build(load(onto))
    reading = read_workbook(workbook, model)
    result = taken(reading, onto, model)
    for line in lines(reading, result):
        typer.echo(line)
    if out is None:
        typer.echo("nothing is written; name a deal file with --out")
        return
    for path in write_deal(result.text, onto, out):
        typer.echo(f"wrote {path}")
