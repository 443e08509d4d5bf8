"""Fixes: edits of a text, and the names, imports and helpers that repaired code needs."""
