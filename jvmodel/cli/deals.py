"""Commands on one deal: new, check, run, export, explain, schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jvmodel.cli.app import AT_FAULT, CHECK_FAILED, AsJson, Changes, DealPath, InLanguage, app
from jvmodel.errors import OutputError

if TYPE_CHECKING:
    from jvmodel.model import Model
    from jvmodel.report.listing import Answer

With = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="COMMAND", help="Add what a command such as negotiate answers: a sheet and a section; may be repeated."
    ),
]


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Folder to make; the deal file in it gets the same name.")],
    origin: Annotated[str | None, typer.Option("--from", metavar="EXAMPLE", help="Example to start from.")] = None,
) -> None:
    """Write a commented starter deal and its table of the mine plan into a folder; nothing is ever overwritten."""
    from jvmodel.dealfile import start

    written = start(Path(name), origin or "starter")
    for path in written:
        typer.echo(f"wrote {path}")
    typer.echo(f"next: jvmodel run {written[0]}")


@app.command()
def check(
    deal: DealPath,
    workbook: Annotated[
        Path | None,
        typer.Option(metavar="FILE.xlsx", help="Workbook to audit against the deal: every cell that is not what it was."),
    ] = None,
    changes: Changes = None,
) -> None:
    """Check a deal file: every fault with its line, or what the deal contains. With --workbook: audit a workbook."""
    from jvmodel.report.summary import contents

    model = _model(deal, changes)
    if workbook is not None:
        _audit(model, deal, workbook, changes)
        return
    typer.echo(contents(model))
    _end_with_checks(model)


@app.command()
def run(
    deal: DealPath,
    out: Annotated[Path | None, typer.Option(help="Folder for the workbook and the term sheet; here when not given.")] = None,
    as_json: AsJson = False,
    asked: With = None,
    language: InLanguage = None,
    changes: Changes = None,
) -> None:
    """Run a deal: summary per party, the workbook and the term sheet."""
    from jvmodel.report.summary import print_summary, summary

    model = _model(deal, _spoken(language, changes))
    model.run  # noqa: B018 - a fault in the numbers comes before any file
    written: list[Path] = []
    if not as_json or out is not None:
        folder, answers = _folder(out or Path()), _answers(asked, deal, changes)
        written = [_write(model, folder / f"{_stem(deal)}{ending}", answers) for ending in (".xlsx", ".html")]
    if as_json:
        typer.echo(json.dumps(summary(model), ensure_ascii=False))
    else:
        print_summary(model)
        for path in written:
            typer.echo(f"wrote {path}")
    _end_with_checks(model)


@app.command()
def export(
    deal: DealPath,
    to: Annotated[Path, typer.Option(metavar="FILE", help="File to write: .xlsx, .html, .docx, .pdf, .csv, .json, .parquet.")],
    against: Annotated[
        str | None, typer.Option(metavar="OLD", help="Write a redline instead (.html, .docx, .pdf): what differs from this deal.")
    ] = None,
    asked: With = None,
    language: InLanguage = None,
    changes: Changes = None,
) -> None:
    """Write one output; the ending of the file says which."""
    from jvmodel.report.outputs import ENDINGS, takes_answers

    if to.suffix not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise OutputError(f"--to {to}: '{to.suffix}' is not an output; end the file with one of {known}")
    if asked:
        takes_answers(to)
    if against is not None:
        if asked:
            raise OutputError("--with: a redline holds what differs and no answers; leave out --with, or --against")
        _redline(deal, against, to, _spoken(language, changes))
        return
    model = _model(deal, _spoken(language, changes))
    _folder(to.parent)
    typer.echo(f"wrote {_write(model, to, _answers(asked, deal, changes))}")
    _end_with_checks(model)


@app.command()
def explain(
    deal: DealPath,
    row: Annotated[str, typer.Argument(metavar="ROW", help="A row such as royalty.payable, its label, or a metric: state.npv.")],
    period: Annotated[str | None, typer.Option(metavar="P", help="Period such as 2031; all together when not given.")] = None,
    depth: Annotated[int, typer.Option(metavar="N", min=0, max=50, help="How many steps to follow towards the inputs.")] = 3,
    changes: Changes = None,
) -> None:
    """Say a row's formula in words, and trace a number to the inputs that it comes from."""
    from jvmodel.report.explanation import explanation

    typer.echo(explanation(_model(deal, changes), row, period, depth))


@app.command()
def schema() -> None:
    """Print the JSON Schema of a deal file, for completion in editors."""
    from jvmodel.dealfile import schema as schema_of_deal

    typer.echo(json.dumps(schema_of_deal(), indent=2, ensure_ascii=False))


def _audit(model: Model, deal: str, workbook: Path, changes: list[str] | None) -> None:
    from jvmodel.reading.audit import audit

    if changes:
        raise typer.BadParameter("a workbook is audited against the deal as it stands; leave out --set")
    found = audit(workbook, deal, model)
    for line in found.findings:
        typer.echo(line)
    typer.echo(found.verdict)
    if found.findings:
        raise typer.Exit(AT_FAULT)


def _model(deal: str, changes: list[str] | None) -> Model:
    from jvmodel.dealfile import load
    from jvmodel.model import build

    return build(load(deal, changes or ()))


def _redline(deal: str, against: str, to: Path, changes: list[str]) -> None:
    """The document of what differs between two versions."""
    from jvmodel.report.outputs import REDLINES, write_redline

    if to.suffix not in REDLINES:
        raise OutputError(f"--to {to}: a redline is no '{to.suffix}'; end the file with one of {', '.join(REDLINES)}")
    _folder(to.parent)
    write_redline(deal, against, to, changes)
    typer.echo(f"wrote {to}")


def _spoken(language: str | None, changes: list[str] | None) -> list[str]:
    """The changes, with the language of the term sheet among them."""
    if language is None:
        return changes or []
    from jvmodel.report.language import language as known

    return [*(changes or []), f"language={known(language).code}"]


def _stem(deal: str) -> str:
    return Path(deal).stem


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {path}: {error.strerror}; choose another") from None
    return path


def _answers(asked: list[str] | None, deal: str, changes: list[str] | None) -> tuple[Answer, ...]:
    """What other commands answer, to go with an output."""
    if not asked:
        return ()
    from jvmodel.report.asked import asked as answers

    return answers(asked, deal, changes or ())


def _write(model: Model, path: Path, answers: tuple[Answer, ...]) -> Path:
    from jvmodel.report.outputs import write

    write(model, path, answers)
    return path


def _end_with_checks(model: Model) -> None:
    failed = [one for one in model.checks if not one.passed]
    for one in failed:
        typer.echo(f"check failed: {one.label}: off by {one.worst:.6g} (tolerance {one.tolerance:.1g})", err=True)
    if failed:
        raise typer.Exit(CHECK_FAILED)
