"""The CST visitor: turns the CST of one function into blocks of operations for the flow."""
