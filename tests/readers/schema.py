"""schema.py KNEE ROOT: every scenario of the repository is valid by `knee schema`, by another validator; misspelt, none is."""

import json
import pathlib
import subprocess
import sys
import tomllib

import jsonschema

schema = json.loads(subprocess.check_output([sys.argv[1], "schema"]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
root = pathlib.Path(sys.argv[2])
scenarios = sorted([*root.glob("configs/*.toml"), *root.glob("experiments/**/*.toml")])
misspelt = 0


def check(table, path, document):
    global misspelt
    for key in list(table):
        # Names of classes are the author's, and so are those of axes.
        if path != ["process"] and path[:1] != ["sweep"] and path[-1:] != ["partition"]:
            value = table.pop(key)
            table[key + "x"] = value
            assert not validator.is_valid(document), f"{path}: {key}x is accepted"
            misspelt += 1
            del table[key + "x"]
            table[key] = value
        if isinstance(table[key], dict):
            check(table[key], [*path, key], document)


for scenario in scenarios:
    document = tomllib.loads(scenario.read_text())
    for error in validator.iter_errors(document):
        sys.exit(f"{scenario}: {error.json_path}: {error.message}")
    check(document, [], document)
assert len(scenarios) > 5 and misspelt > 100
print(f"readers: jsonschema: {len(scenarios)} scenarios are valid, {misspelt} misspelt keys are refused")
