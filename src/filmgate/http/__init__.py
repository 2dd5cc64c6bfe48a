"""Routes and wire schemas, the key check, the error table, and the files."""
