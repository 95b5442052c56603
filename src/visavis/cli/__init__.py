"""The command: the only room that prints."""

from visavis.cli.main import main

__all__ = ["main"]
