"""Scores at growing sizes, what they foretell, and the choice. The gate imports no model: it is handed a `run`."""
