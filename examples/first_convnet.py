"""A small convolutional net on CIFAR-10: its binary batches, or folders train and test with a sub-folder a class.

python examples/first_convnet.py FOLDER
"""

import sys

from lessons import first

from breakeven.core.errors import BreakevenError

try:
    train, test = first.pictures(sys.argv[1] if len(sys.argv) > 1 else ".")
    net = first.convnet(train, widths=[32, 64, 64], dense=64).fit(epochs=5, batch=64)
    net.report(test, "first_convnet.html")
except BreakevenError as error:
    sys.exit(str(error))
