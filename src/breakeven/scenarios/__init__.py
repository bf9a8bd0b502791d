"""Vertical slices over the stages, one folder each; `roster.py` lists them."""
