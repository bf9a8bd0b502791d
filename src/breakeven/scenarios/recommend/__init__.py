"""Recommend: what a shop has into a shelf for each person that follows the last click."""
