"""The text of one file: bytes, encodings, lines, columns, suppressions, the lexical gate."""
