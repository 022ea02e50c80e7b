"""Sends the requests of a recording again, and writes what upstream answers now: `again.py OLD.jsonl NEW.jsonl`.

Only definitions and their objects exist on both; what a recording sets up of other groups (namespaces, policies, webhooks)
upstream's server reads from ours, so that it is sent to ours alone and kept as it stands.
"""

import json
import sys
import time

import pair

# Policies and the like act once both have seen them.
SEEN = 1.5


def main(old, new):
    with open(old, encoding="utf8") as file:
        lines = [json.loads(line) for line in file]
    groups = {"apiextensions.k8s.io"} | {
        line["body"]["spec"]["group"] for line in lines if line["path"] == pair.DEFINITIONS and "group" in _spec(line)
    }
    pair.recording(new)
    changed = False
    for line in lines:
        more = {name: line[name] for name in ("type", "accept") if name in line}
        asked = (line["method"], line["path"], line.get("body"))
        parts = line["path"].split("?")[0].split("/")
        if parts[1] == "apis" and parts[2] in groups:
            if changed:
                time.sleep(SEEN)
            changed = False
            if line["method"] == "POST" and line["path"] == pair.DEFINITIONS and line["code"] == 201:
                pair.establish(line["body"], line["say"])
            else:
                pair.diff(line["say"], *asked, **more)
        else:
            pair.send(pair.OURS, *asked, **more)
            pair.keep(line)
            changed = True
    pair.done()


def _spec(line):
    body = line.get("body")
    spec = body.get("spec") if isinstance(body, dict) else None
    return spec if isinstance(spec, dict) else {}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
