"""The two families of models. `roster.py` lists every candidate on one visible line; one file holds one family."""
