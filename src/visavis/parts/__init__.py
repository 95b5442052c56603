"""What arms are made of: one room or file for each factor of an arm, one idea each."""
