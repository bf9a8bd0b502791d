"""The running service. Nothing here needs a training library."""
