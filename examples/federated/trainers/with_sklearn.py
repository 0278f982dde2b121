#!/usr/bin/env python3
"""Logistic regression by scikit-learn: a weight for each number of a row, and a constant. Needs scikit-learn."""

import numpy as np
from sklearn.linear_model import SGDClassifier

import jointly_trainer


def start(train, test):
    rows, labels = np.array(train[0]), np.array(train[1])
    judged = np.array(test[0]).reshape(len(test[0]), -1)

    def step(weights):
        model = SGDClassifier(loss="log_loss", alpha=1e-4, learning_rate="constant", eta0=0.02)
        model.classes_ = np.array([0.0, 1.0])
        model.coef_, model.intercept_ = np.array([weights[:-1]]), np.array([weights[-1]])
        model.coef_init, model.intercept_init = model.coef_.copy(), model.intercept_.copy()
        for _ in range(5):
            model.partial_fit(rows, labels, classes=model.classes_)
        return [*model.coef_[0], *model.intercept_]

    return step, lambda weights: judged @ np.array(weights[:-1]) + weights[-1]


jointly_trainer.run(start)
