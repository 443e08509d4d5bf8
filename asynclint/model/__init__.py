"""What a module declares: scopes, functions and their kinds, classes, imports, decorators.

Read from `ast` in one pass (cheap, and flake8 hands the tree over). The index never decides a
finding: it tells the flow what names mean and which functions are worth a closer look.
"""
