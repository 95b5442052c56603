"""What arms are made of: one room for each slot of an arm, one idea a file."""
