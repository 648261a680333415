"""Reads an exported file as an analyst would, and prints what it holds as JSON: `csv FILE`, or `parquet FILE`."""

import csv
import json
import sys


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def read_parquet(path):
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        return None
    table = parquet.read_table(path)
    metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    # Numbers as texts: readers of JSON round them.
    rows = [{name: repr(cell) if isinstance(cell, float) else cell for name, cell in row.items()} for row in table.to_pylist()]
    return {"rows": rows, "metadata": metadata, "types": {f.name: str(f.type) for f in table.schema}}


kind, path = sys.argv[1:]
json.dump({"csv": read_csv, "parquet": read_parquet}[kind](path), sys.stdout)
