"""Models that a user brings: estimators and nets trained here, and finished models that are only judged and served."""
