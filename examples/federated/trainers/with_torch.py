#!/usr/bin/env python3
"""A small network by PyTorch: 7 numbers of a row, 8 hidden units, one output; 73 weights. Needs PyTorch.

Agree on it as: model = { own = { weights = 73, spread = 0.4 } }
"""

import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

import jointly_trainer


def start(train, test):
    rows, labels = torch.tensor(train[0]), torch.tensor(train[1])
    judged = torch.tensor(test[0]).reshape(len(test[0]), -1)
    network = torch.nn.Sequential(torch.nn.Linear(rows.shape[1], 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))

    def take(weights):
        vector_to_parameters(torch.tensor(weights), network.parameters())

    def step(weights):
        take(weights)
        descent = torch.optim.SGD(network.parameters(), lr=0.1)
        for _ in range(5):
            for batch in torch.randperm(len(rows)).split(16):
                descent.zero_grad()
                scores = network(rows[batch]).squeeze(1)
                torch.nn.functional.binary_cross_entropy_with_logits(scores, labels[batch]).backward()
                descent.step()
        return parameters_to_vector(network.parameters()).tolist()

    def judge(weights):
        take(weights)
        with torch.no_grad():
            return network(judged).squeeze(1).tolist()

    return step, judge


jointly_trainer.run(start)
