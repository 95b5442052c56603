"""``python -m visavis`` is the command."""

from visavis.cli import main

main()
