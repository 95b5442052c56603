"""The training wing: it sees plans and tensors, and can't name an arm."""
