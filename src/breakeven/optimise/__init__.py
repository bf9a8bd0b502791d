"""From a fitted candidate to a product: exported, proved to answer the same, written with its manifest."""
