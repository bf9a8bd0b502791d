"""Files as people have them, read into columns: one seam for training and predicting."""
