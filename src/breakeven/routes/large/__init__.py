"""The large route: deep nets trained through `train.loop`."""
