"""A perceptron of 784, 128 and 10 units on MNIST's or Fashion-MNIST's idx files.

python examples/first_network.py FOLDER
"""

import sys

from lessons import first

from breakeven.core.errors import BreakevenError

try:
    train, test = first.pictures(sys.argv[1] if len(sys.argv) > 1 else ".")
    net = first.perceptron(train, hidden=[128]).fit(epochs=5, batch=32)
    net.report(test, "first_network.html")
except BreakevenError as error:
    sys.exit(str(error))
