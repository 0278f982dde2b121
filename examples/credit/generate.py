#!/usr/bin/env python3
"""Writes bank.csv and bureau.csv from ../bank/credit_data.csv: columns of the same applicants at two organisations, some at one of them only.

Customer numbers are made up, from a fixed seed. Run as: ./generate.py
"""

import csv
import pathlib
import random

HERE = pathlib.Path(__file__).parent
BANK = ["Age", "Job", "Income", "Amount", "Price", "Status"]
BUREAU = ["Seniority", "Records", "Debt", "Assets", "Expenses", "Home"]


def write(name, columns, people, number):
    with (HERE / name).open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([number, *[c.lower() for c in columns]])
        out.writerows([who, *[row[c] for c in columns]] for who, row in people)


def main():
    chance = random.Random(20261124)
    with (HERE / "../bank/credit_data.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if r["Status"]]
    numbers = chance.sample(range(100_000, 1_000_000), len(rows))
    people = [(f"C{n}", row) for n, row in zip(numbers, rows)]
    bank = [p for p in people if chance.random() < 0.9]
    bureau = [p for p in people if chance.random() < 0.9]
    chance.shuffle(bureau)
    write("bank.csv", BANK, bank, "customer")
    write("bureau.csv", BUREAU, [(who.lower(), row) for who, row in bureau], "number")


main()
