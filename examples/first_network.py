"""A perceptron of 784, 128 and 10 units on MNIST's or Fashion-MNIST's idx files.

python examples/first_network.py FOLDER
"""

import sys

from breakeven import first

train, test = first.pictures(sys.argv[1])
net = first.perceptron(train, hidden=[128]).fit(epochs=5, batch=32)
net.report(test, "first_network.html")
