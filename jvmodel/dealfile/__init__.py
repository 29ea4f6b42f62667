"""Reading, changing and writing deal files: YAML, and the tables beside it."""

from jvmodel.dealfile.load import load
from jvmodel.dealfile.schema import schema
from jvmodel.dealfile.start import start

__all__ = ["load", "schema", "start"]
