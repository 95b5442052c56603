"""The question: a study and its arms, as frozen values; by name or from a file."""
