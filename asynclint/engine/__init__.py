"""The engine: which files, with which settings; one file in, findings out."""
