"""Nets to begin with, one file each; the loop of train/ trains them."""
