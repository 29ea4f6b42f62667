"""How to read this model: what each sheet is for, the habits it keeps, and how to change, check and read it back."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from jvmodel.report.workbook.styles import print_set_up, widths

if TYPE_CHECKING:
    from jvmodel.report.workbook.writer import Writer

SHEET = "How to read"
WIDE, LINE = 122, 14.5
"""Letters on a line of text, and the height of one in points"""
PURPOSE = {
    "Cover": "What the model is, the scenario, the light of the checks, the results and the contents",
    "How to read": "What each sheet is for, and how to change and check the model",
    "Inputs": "Every number of the deal, by clause: in use, base, low, high and your own case, with unit and source",
    "Series": "Inputs that change over time",
    "Time": "Flags and facts that follow from the dates of the deal, and conversions of units",
    "Market": "Prices and exchange rates",
    "Mine": "Production, sales and costs",
    "Offtake": "Contracts of sale",
    "Fiscal": "Royalties, taxes and levies",
    "Finance": "Loans, streams and grants",
    "Venture": "Interests, calls, distributions and payments between the partners",
    "Cooperation": "What the parties do together beside the mine: plants, research, learning, pooled stocks",
    "Risk": "Clauses on what may happen",
    "Summary": "Quantities and totals by account that other sheets share",
    "Partners": "The accounts of each party: what it pays and receives, its cash and its value",
    "Returns": "Metrics of every party, its share of capital and value, and the accounts that its value comes from",
    "Funding": "Sources and uses of money before production",
    "Sensitivity": "What moves a party's value: what-if tables",
    "Charts": "Cash by party, cumulative cash, value, its split, and the tornado",
    "Payback": "Workings of the payback of each party",
    "Check lines": "The difference that each check looks at, period by period",
    "Checks": "Every proof, its tolerance and result",
}


ORDER = (
    ("Flow", "Inputs → Time → a sheet for each chapter → Partners → Returns. Nothing flows back."),
    ("Columns", "On every sheet over time the same column is the same period. A is the line, B its unit, D its total,"
     " E the value before the first period. 'sum' or 'end' in column C says what the total is."),
    ("Formulas", "One formula a row, the same in every period. Every stock runs from opening to closing, one row an event."),
)  # fmt: skip
SIGNS = (
    ("Signs", "On the sheets of the chapters amounts are positive, as their label says. In the accounts of a party"
     " (Partners, Returns) receipts are positive and payments negative, in brackets. A dash is nil in the digits"
     " shown; n/a is a figure that does not exist."),
    ("Blue", "An input, on a pale ground: may be changed."),
    ("Black", "A formula."),
    ("Green", "A formula that only fetches a cell of another sheet."),
    ("Tabs", "Blue: inputs. Grey: workings. Green: results, checks and what explains them."),
)  # fmt: skip
CHANGE = (
    ("Scenario", "Chosen on the Cover. An input that has no number in a case keeps its base. Low and High are the low"
     " and high numbers of the inputs, not the worst and the best for anybody. The case 'Own' is yours."),
    ("Inputs", "Type into blue cells only. A percentage is typed with its sign: 12%."),
    ("Names", "What parties are called stands at the end of the sheet Inputs; results and charts follow. Labels of"
     " single lines are written anew when jvmodel writes the workbook."),
    ("Sensitivity", "The column 'What if ×' multiplies an input; the tables show what each party gains or loses. Data"
     " tables are Excel's: LibreOffice shows them blank or, in long models, wrong."),
    ("Structure", "Terms, parties and dates are changed in the deal file, which writes the workbook anew."),
)  # fmt: skip
CHECK = (
    ("In the workbook", "Checks is green throughout, and so is the light on the Cover."),
    ("By jvmodel", "jvmodel check DEAL --workbook THIS.xlsx lists typed-over formulas, broken rows, changed inputs and"
     " every cell that differs from the engine."),
    ("Back to the deal", "jvmodel read THIS.xlsx --onto DEAL --out NEW.yaml takes the changed inputs into a deal file and"
     " shows what every party gains or loses."),
)  # fmt: skip


def purpose(writer: Writer, title: str) -> str:
    """What a sheet is for."""
    answers = {one.title for one in writer.answers}
    return "An answer: pasted results of runs, and formulas on them" if title in answers else PURPOSE[title]


def write(writer: Writer) -> None:
    """A page of text."""
    sheet = writer.book[SHEET]
    timeline = writer.graph.timeline
    writer.title(sheet, SHEET, "a page to read first")
    periods = (
        f"{timeline.periods}, each a {timeline.step.value}, from {timeline.labels[0]} to {timeline.labels[-1]}; values are"
        f" discounted at {timeline.discounting} of period, from {timeline.valued_at}."
    )
    sheets = tuple((name, purpose(writer, name)) for name in writer.book.sheetnames if name != "scratch")
    row = 4
    for heading, lines in (
        ("Order", (*ORDER, ("Periods", periods))), ("Signs and colours", SIGNS), ("Change", CHANGE), ("Check", CHECK),
        ("Sheets", sheets),
    ):  # fmt: skip
        writer.section(sheet, row, heading, 2)
        for number, (label, text) in enumerate(lines, start=row + 1):
            writer.text(sheet, number, 1, label, "bold", "wrap")
            writer.text(sheet, number, 2, text, "plain", "wrap")
            sheet.row_dimensions[number].height = LINE * len(textwrap.wrap(text, WIDE))
        row += len(lines) + 2
    widths(sheet, A=20, B=108)
    print_set_up(sheet, writer.footer, portrait=True)
