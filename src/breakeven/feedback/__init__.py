"""What turned out to be true after an answer: kept durably, and used to decide on a rebuild."""
