"""How files become arrays: archives, tables, decoding, a cache. Everything hostile ends here."""
