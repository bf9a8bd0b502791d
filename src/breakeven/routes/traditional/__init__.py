"""The traditional route: baseline, linear, neighbours, forests, boosted trees."""
