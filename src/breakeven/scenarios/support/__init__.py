"""Support: customer service that answers what it is sure of, asks back, and hands the rest to a person."""
