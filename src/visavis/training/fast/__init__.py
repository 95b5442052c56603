"""What only makes training faster; each is held against the plain way."""
