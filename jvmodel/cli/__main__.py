"""`python -m jvmodel.cli`, the same as `jvmodel`."""

from jvmodel.cli import main

main()
