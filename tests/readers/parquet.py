"""parquet.py DIR: the Parquet files of a sweep hold, read by DuckDB, what its CSV files hold, row for row, in fitting types."""

import csv
import sys

import duckdb

TYPES = {
    "cell": "VARCHAR",
    "replication": "BIGINT",
    "seed": "UBIGINT",
    "status": "VARCHAR",
    "stationary": "BOOLEAN",
    "throughput": "DOUBLE",
    "throughput_half": "DOUBLE",
    "runs": "BIGINT",
    "converged": "BOOLEAN",
}


def parse(text, type_):
    if text == "":
        return None
    return {"VARCHAR": str, "BIGINT": int, "UBIGINT": int, "DOUBLE": float, "BOOLEAN": lambda t: t == "true"}[type_](text)


for name in ["runs", "summary"]:
    table = duckdb.sql(f"SELECT * FROM read_parquet('{sys.argv[1]}/{name}.parquet')")
    types = [str(type_) for type_ in table.types]
    with open(f"{sys.argv[1]}/{name}.csv", newline="") as file:
        header, *lines = csv.reader(file)
    assert table.columns == header, (table.columns, header)
    for column, type_ in zip(header, types):
        assert TYPES.get(column, type_) == type_, (column, type_)
    expected = [tuple(map(parse, line, types)) for line in lines]
    found = table.fetchall()
    assert len(expected) > 1 and found == expected, next(pair for pair in zip(found, expected) if pair[0] != pair[1])
    print(f"readers: DuckDB {duckdb.__version__}: {name}.parquet is {name}.csv: {len(found)} rows, {len(header)} columns")
