"""Candidates that rank items for a person, on both routes; each file's `fit` gives a scorer of `breakeven.ranking`."""
