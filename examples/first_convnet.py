"""A small convolutional net on CIFAR-10: its binary batches, or folders train and test with a sub-folder a class.

python examples/first_convnet.py FOLDER
"""

import sys

from breakeven import first

train, test = first.pictures(sys.argv[1])
net = first.convnet(train, widths=[32, 64, 64], dense=64).fit(epochs=5, batch=64)
net.report(test, "first_convnet.html")
