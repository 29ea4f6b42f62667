"""The workbook: every row of the model as live formulas, in the habits of the FAST standard (design.md section 6)."""

from jvmodel.report.workbook.writer import Writer, write_workbook

__all__ = ["Writer", "write_workbook"]
