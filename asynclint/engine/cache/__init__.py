"""What earlier runs found, kept so that what did not change is not analysed again."""
