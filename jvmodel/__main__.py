"""`python -m jvmodel` is `jvmodel`, for where scripts are not on the path."""

from jvmodel.cli import main

main()
