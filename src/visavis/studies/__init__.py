"""Ready-made study files, each readable as an example and copyable as a start."""
