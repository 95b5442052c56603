"""What arms are made of: one room for each factor of an arm, one idea a file."""
