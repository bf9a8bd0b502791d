"""A stored run told to people: words, charts, the page, the terminal. Nothing here computes a number of its own."""
