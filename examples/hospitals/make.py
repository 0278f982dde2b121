"""Splits the UCI heart disease table into four hospitals' tables, each written in its own way.

    python3 make.py heart_disease_uci.csv

writes cleveland.csv, hungary.csv, switzerland.csv and long-beach.csv beside this script. Nothing is invented and no
row is left out: only names, codes, units and marks for missing values differ. README.md lists the conventions.
"""

import csv
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
MG_DL_PER_MMOL_L = 38.67  # cholesterol

CHEST_PAIN = ["typical angina", "atypical angina", "non-anginal", "asymptomatic"]


def or_missing(text, mark):
    return text if text else mark


def cleveland(row):
    return {
        "id": row["id"],
        "age": row["age"],
        "sex": row["sex"],
        "cp": row["cp"],
        "trestbps": or_missing(row["trestbps"], "?"),
        "chol": or_missing(row["chol"], "?"),
        "fbs": or_missing(row["fbs"], "?"),
        "thalach": or_missing(row["thalch"], "?"),
        "exang": or_missing(row["exang"], "?"),
        "oldpeak": or_missing(row["oldpeak"], "?"),
        "ca": or_missing(row["ca"], "?"),
        "thal": or_missing(row["thal"], "?"),
        "num": row["num"],
    }


def hungary(row):
    yes_no = {"TRUE": "1", "FALSE": "0", "": "-9"}
    mmol = f"{int(row['chol']) / MG_DL_PER_MMOL_L:.4f}" if row["chol"] else "-9"
    return {
        "patient": row["id"],
        "age_years": row["age"],
        "male": {"Male": "1", "Female": "0"}[row["sex"]],
        "chest_pain_code": str(CHEST_PAIN.index(row["cp"]) + 1),
        "bp_systolic": or_missing(row["trestbps"], "-9"),
        "chol_mmol": mmol,
        "fasting_sugar_high": yes_no[row["fbs"]],
        "hr_max": or_missing(row["thalch"], "-9"),
        "exercise_angina": yes_no[row["exang"]],
        "st_depression": or_missing(row["oldpeak"], "-9"),
        "stage": row["num"],
    }


def switzerland(row):
    return {
        "Nr": row["id"],
        "Alter": row["age"],
        "Geschlecht": row["sex"][0],
        "Brustschmerz": row["cp"],
        "Blutdruck": row["trestbps"],
        "Cholesterin": row["chol"],
        "Nuechternzucker hoch": row["fbs"],
        "Puls max": row["thalch"],
        "Angina bei Belastung": row["exang"],
        "ST-Senkung": row["oldpeak"],
        "Befund": row["num"],
    }


def long_beach(row):
    return {
        "record": row["id"],
        "age": row["age"],
        "gender": {"Male": "1", "Female": "2"}[row["sex"]],
        "cp_code": dict(zip(CHEST_PAIN, ["TA", "ATA", "NAP", "ASY"]))[row["cp"]],
        "bp_rest": row["trestbps"],
        "chol_mgdl": row["chol"],
        "fbs_over_120": row["fbs"],
        "heart_rate_max": row["thalch"],
        "angina_on_exercise": row["exang"],
        "st_depression": row["oldpeak"],
        "diagnosis": row["num"],
    }


HOSPITALS = [
    ("Cleveland", "cleveland.csv", cleveland, ","),
    ("Hungary", "hungary.csv", hungary, ","),
    ("Switzerland", "switzerland.csv", switzerland, ";"),
    ("VA Long Beach", "long-beach.csv", long_beach, ","),
]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for hospital, name, convention, delimiter in HOSPITALS:
        table = [convention(row) for row in rows if row["dataset"] == hospital]
        with open(HERE / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, table[0], delimiter=delimiter, lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
        print(f"{name}: {len(table)} rows")


if __name__ == "__main__":
    main()
