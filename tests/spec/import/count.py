"""Counts rows of UCDP GED with nothing but Python's csv module: what the import is compared with."""

import collections
import csv
import datetime
import json
import sys


def days(row):
    first, last = (datetime.date.fromisoformat(row[key][:10]) for key in ("date_start", "date_end"))
    return (last - first).days + 1


with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    rows = list(csv.DictReader(file))

sums = ["low", "best", "high", "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"]
counted = ["type_of_violence", "where_prec", "date_prec", "country_id"]
print(
    json.dumps(
        {
            "rows": len(rows),
            "sums": {key: sum(int(row[key]) for row in rows) for key in sums},
            "counts": {key: collections.Counter(row[key] for row in rows) for key in counted},
            "broken": sorted(row["id"] for row in rows if not int(row["low"]) <= int(row["best"]) <= int(row["high"])),
            "days": sum(days(row) for row in rows),
            "latitude": sum(float(row["latitude"]) for row in rows),
            "longitude": sum(float(row["longitude"]) for row in rows),
            "actors": len({row[key] for row in rows for key in ("side_a_new_id", "side_b_new_id")}),
            "names": sorted(row["id"] for row in rows),
        }
    )
)
