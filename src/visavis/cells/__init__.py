"""One arm x one seed: put together, tried, trained, kept. Whoever iterates is told, and stops."""
