#!/usr/bin/env python3
"""Logistic regression in plain Python: a weight for each number of a row, and a constant."""

import math
import random

import jointly_trainer


def score(weights, row):
    return weights[-1] + sum(w * x for w, x in zip(weights, row))


def start(train, test):
    rows = list(zip(*train))

    def step(weights):
        for _ in range(5):
            random.shuffle(rows)
            for row, label in rows:
                residual = 1 / (1 + math.exp(-score(weights, row))) - label
                for i, x in enumerate(row):
                    weights[i] -= 0.02 * residual * x
                weights[-1] -= 0.02 * residual
        return weights

    return step, lambda weights: [score(weights, row) for row in test[0]]


jointly_trainer.run(start)
