"""The same work by visavis, a plain loop and other libraries, in turn."""
