"""Proofs by running: what the facts say about the standard library is what the interpreter does."""
