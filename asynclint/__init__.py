"""A static analyzer that finds, explains and repairs faults in asyncio programs."""

__version__ = "0.1.0"
