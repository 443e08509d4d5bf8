"""One file a format: each has a function `render(outcome: Outcome) -> str`."""
