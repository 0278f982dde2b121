"""How a program trains in a federation: what docs/trainers.md says, on standard input and output. Needs Python alone."""

import array
import json
import sys


def _numbers(count):
    numbers = array.array("d")
    numbers.frombytes(sys.stdin.buffer.read(8 * count))
    if sys.byteorder == "big":
        numbers.byteswap()
    if len(numbers) != count:
        raise SystemExit("the node has ended")
    return numbers


def _say(line, numbers=()):
    numbers = array.array("d", numbers)
    if sys.byteorder == "big":
        numbers.byteswap()
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n" + numbers.tobytes())
    sys.stdout.buffer.flush()


def _table(count, width):
    values = _numbers(count * width)
    return [list(values[i * width : (i + 1) * width]) for i in range(count)], list(_numbers(count))


def run(start):
    """Answers the node until it ends. `start(train, test)` gets rows and labels to train on and to judge by, and gives two functions: `train(weights)`, which
    gives new weights, and `judge(weights)`, which gives a score for each row to judge by."""
    trainer, labels, rows = None, [], 0
    for line in iter(sys.stdin.buffer.readline, b""):
        asked = json.loads(line)
        if asked["do"] == "rows":
            train = _table(asked["train"], asked["width"])
            test = _table(asked["test"], asked["width"])
            trainer, labels, rows = start(train, test), test[1], asked["train"]
        elif asked["do"] == "train":
            weights = list(trainer[0](list(_numbers(asked["weights"]))))
            _say({"rows": rows, "weights": len(weights)}, weights)
        elif asked["do"] == "judge":
            scores = trainer[1](list(_numbers(asked["weights"])))
            pairs = [number for pair in zip(scores, labels) for number in pair]
            _say({"scores": len(labels)}, pairs)
