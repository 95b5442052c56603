"""What arms are made of: one room for each factor, one idea a file."""
