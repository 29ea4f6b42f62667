"""Reading a workbook back: the changes that were made on its inputs, taken into the deal file they came from."""

from jvmodel.reading.edits import Edit, Reading
from jvmodel.reading.inputs import read_workbook
from jvmodel.reading.onto import Result, onto

__all__ = ["Edit", "Reading", "Result", "onto", "read_workbook"]
