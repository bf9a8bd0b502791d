"""What can be said of the product on rows nobody has seen. It opens the sealed test, once, after the choice."""
