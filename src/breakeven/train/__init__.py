"""Fitting: the loop every net is trained by, workers, the search for settings, calibration."""
