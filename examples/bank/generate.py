#!/usr/bin/env python3
"""Writes bank.csv and bureau.csv: a bank's customers and a credit bureau's records, of partly the same people.

The figures are those of credit_data.csv, a row of it a person, some columns at the bank and some at the bureau. Names, ID numbers and
phone numbers are made up, from a fixed seed. Each side writes them in its own way, as real files do.
"""

import csv
import pathlib
import random

FOLDER = pathlib.Path(__file__).parent
# People of credit_data.csv that are at the bank alone, at both, at the bureau alone.
BANK_ALONE, COMMON, BUREAU_ALONE = 900, 1500, 2000
# Rows that stand twice, written in another way, and rows without an ID number.
BANK_TWICE, BUREAU_TWICE, WITHOUT_ID = 25, 40, 12

BANK_COLUMNS = ["Status", "Seniority", "Home", "Time", "Age", "Marital", "Amount", "Price"]
BUREAU_COLUMNS = ["Records", "Job", "Expenses", "Income", "Assets", "Debt"]

FAMILY = "Li Wang Zhang Liu Chen Yang Huang Zhao Wu Zhou García Müller Söderström O'Neil Nuñez Ivanova".split()
GIVEN = "Wei Fang Na Min Jing Lei Qiang Yan Jun Ana José Renée Zoë Björn Aoife Pavel".split()

FULL_WIDTH = str.maketrans("0123456789X", "".join(map(chr, range(0xFF10, 0xFF1A))) + "\uff38")


def people(random, n):
    """n different people, none of whom exists: no place has the code 99, and no operator the prefix 1999."""
    out = []
    for number in range(n):
        birth = f"{random.randrange(1940, 2002)}{random.randrange(1, 13):02}{random.randrange(1, 29):02}"
        out.append({
            "name": f"{random.choice(GIVEN)} {random.choice(FAMILY)}",
            "id": f"99{number:04}{birth}{random.randrange(1000):03}{random.choice('0123456789X')}",
            "phone": f"1999{random.randrange(10**7):07}",
        })
    return out


def at_bank(random, person):
    """Hyphens in ID numbers, spaces in phone numbers."""
    number, phone = person["id"], person["phone"]
    number = random.choice([number, f"{number[:6]}-{number[6:14]}-{number[14:]}", f" {number}"])
    phone = random.choice([phone, f"{phone[:3]} {phone[3:7]} {phone[7:]}"])
    return {"name": person["name"], "id": number, "phone": phone}


def at_bureau(random, person):
    """Capital letters, full-width digits, small x."""
    number, phone, name = person["id"], person["phone"], person["name"]
    number = random.choice([number, number.lower(), number.translate(FULL_WIDTH)])
    phone = random.choice([f"({phone[:3]}) {phone[3:7]}-{phone[7:]}", phone.translate(FULL_WIDTH), phone])
    name = random.choice([name.upper(), name.replace(" ", "  "), name])
    return {"full_name": name, "id_number": number, "mobile": phone}


def write(name, write_person, columns, people, figures, random, twice):
    rows = [(person, {**write_person(random, person), **{c: row[c] for c in columns}}) for person, row in zip(people, figures)]
    rows += [(person, {**row, **write_person(random, person)}) for person, row in random.sample(rows, twice)]
    nameless = dict.fromkeys(rows[0][1], "")
    rows += [(None, {**nameless, list(nameless)[0]: "unknown"}) for _ in range(WITHOUT_ID)]
    random.shuffle(rows)
    with open(FOLDER / name, "w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0][1]), lineterminator="\n")
        out.writeheader()
        out.writerows(row for _, row in rows)
    return len(rows)


def main():
    chance = random.Random(20260101)
    with open(FOLDER / "credit_data.csv", encoding="utf-8") as file:
        figures = list(csv.DictReader(file))
    chance.shuffle(figures)
    everyone = people(chance, BANK_ALONE + COMMON + BUREAU_ALONE)
    at_both = slice(BANK_ALONE, BANK_ALONE + COMMON)
    bank = slice(0, at_both.stop)
    bureau = slice(at_both.start, len(everyone))
    a = write("bank.csv", at_bank, BANK_COLUMNS, everyone[bank], figures[bank], chance, BANK_TWICE)
    b = write("bureau.csv", at_bureau, BUREAU_COLUMNS, everyone[bureau], figures[bureau], chance, BUREAU_TWICE)
    print(f"bank.csv: {a} rows; bureau.csv: {b} rows; {COMMON} people are in both")


if __name__ == "__main__":
    main()
