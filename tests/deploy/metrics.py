"""Whether alerts and dashboards ask for metrics that the server has.

metrics.py check PAGE FILE...   each name in the expressions of the files is one of the page of metrics, or recorded by a rule
metrics.py rules FILE...        the expressions of dashboards as rules, for promtool to read: Grafana's variables are filled in

A file is one of Prometheus's rules (.yml) or a dashboard of Grafana's (.json). A page has its families announced (`# TYPE`)
before anything was counted, so one that was scraped right after a start will do.
"""

import json
import pathlib
import re
import sys

import yaml

# What a family of a kind has samples of.
SUFFIXES = {
    "counter": ["_total"],
    "histogram": ["_bucket", "_sum", "_count"],
    "info": ["_info"],
    "gauge": [""],
}
# Made by Prometheus itself for each target.
OF_PROMETHEUS = {"up"}
KEYWORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan"}
# What stands beside an expression and holds names of labels, not of metrics.
LABELS = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\b\s*(\([^)]*\))?")
# A word that no parenthesis follows: a function is none.
WORD = re.compile(r"(?<![\w:.$])[a-zA-Z_:][\w:]*(?![\w:])(?!\s*\()")
VARIABLES = {"$__rate_interval": "5m", "$__interval": "1m", "$__range": "3h"}


def names_on(page):
    """All names that samples of a page in OpenMetrics can have."""
    names = set()
    for line in page.splitlines():
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split()
            names.update(family + suffix for suffix in SUFFIXES[kind])
    return names


def names_in(expression):
    """The names of metrics in an expression of PromQL."""
    bare = re.sub(r'"(\\.|[^"\\])*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    return set(WORD.findall(LABELS.sub(" ", bare))) - KEYWORDS


def expressions(file):
    """The expressions of a file, each with where it stands; and the names that its rules record."""
    text = pathlib.Path(file).read_text(encoding="utf-8")
    found, recorded = [], set()
    if file.endswith(".json"):
        board = json.loads(text)
        for panel in board["panels"]:
            found += [(f"{file}: {panel['title']}", target["expr"]) for target in panel.get("targets", [])]
        for note in board["annotations"]["list"]:
            found.append((f"{file}: {note['name']}", note["expr"]))
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                asked = re.fullmatch(r"label_values\((.*), \w+\)", variable["query"]["query"])
                found.append((f"{file}: ${variable['name']}", asked[1]))
    else:
        for group in yaml.safe_load(text)["groups"]:
            for rule in group["rules"]:
                name = rule.get("alert") or rule["record"]
                found.append((f"{file}: {name}", rule["expr"]))
                recorded |= {rule["record"]} if "record" in rule else set()
    return found, recorded


def check(page, files):
    known = names_on(pathlib.Path(page).read_text(encoding="utf-8")) | OF_PROMETHEUS
    asked, unknown = set(), []
    read = [expressions(file) for file in files]
    for _, recorded in read:
        known |= recorded
    for found, _ in read:
        for place, expression in found:
            names = names_in(expression)
            asked |= names
            unknown += [f"{place}: no metric {name}" for name in sorted(names - known)]
            unknown += [f"{place}: an expression that names no metric"] if not names else []
    print("\n".join(unknown) if unknown else f"{len(asked)} metrics are asked for, and each is there")
    return not unknown


def rules(files):
    group = []
    for file in files:
        for _, expression in expressions(file)[0]:
            for variable, value in VARIABLES.items():
                expression = expression.replace(variable, value)
            # What is left stands in strings.
            expression = re.sub(r"\$\w+", ".+", expression)
            group.append({"record": f"dashboard:expression{len(group)}:read", "expr": expression})
    json.dump({"groups": [{"name": "dashboards", "rules": group}]}, sys.stdout, indent=1)
    return True


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["check", page, *files] if files:
            done = check(page, files)
        case ["rules", *files] if files:
            done = rules(files)
        case _:
            sys.exit(__doc__)
    sys.exit(not done)
