"""Measurements behind the figures in the README and the docs; each module is a command."""
