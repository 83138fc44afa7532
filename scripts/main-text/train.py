"""Trains the model of src/html/block-model.ts. Needs catboost and numpy; the same input gives the same model.

    python scripts/main-text/pages.py PAGES.jsonl.gz ...
    node scripts/main-text/blocks.js PAGES.jsonl.gz WORK/pages
    python scripts/main-text/train.py label WORK
    node scripts/main-text/blocks.js PAGES.jsonl.gz WORK/variants WORK/plan.jsonl
    python scripts/main-text/train.py folds WORK --split 0     # WORK/folds-0.json: a model for each fold over sites
    python scripts/main-text/train.py apart WORK               # WORK/apart.json: without the sites that are set apart
    python scripts/main-text/train.py final WORK src/html/block-model.ts
    node scripts/main-text/extract-folds.js WORK/folds-0.json PAGES.jsonl.gz OUT.jsonl

PAGES: {id, set, site, html} with {gold} or {with, without}; `set` weighs as in SETS. The sites set apart are a fifth of those
of each set that is scored, by a hash. A block weighs as many words as it has over those of its page's gold.
"""
import argparse
import base64
import collections
import hashlib
import json
import pathlib

import numpy as np

import labels

SETS = {"full_text": 1, "snippets": 1, "fundus": 0.6, "modern": 0.5, "human_markdown": 0.5, "newspaper": 0.3,
        "readability_expected_text": 0.3, "tool_snapshot_markdown": 0.1}
SCORED = ("full_text", "snippets", "modern")
SNIPPET_WEIGHT, VARIANT_WEIGHT, WEIGHT_MAX = 0.12, 0.25, 0.6
FOUND_MIN = 0.85  # pages that hold less of their gold teach nothing
FOLDS, DEPTH, SCALE = 4, 6, 1000
PARAMETERS = dict(iterations=240, depth=DEPTH, learning_rate=0.1, l2_leaf_reg=6, random_seed=1, thread_count=2, rsm=0.4,
                  border_count=48, bootstrap_type="Bernoulli", subsample=0.7, boosting_type="Plain", verbose=0,
                  allow_writing_files=False)


def read(path):
    with open(path, encoding="utf-8") as f:
        names = json.loads(next(f))["features"]
        pages = [json.loads(line) for line in f]
    at = 0
    for page in pages:
        page["rows"] = slice(at, at + len(page["texts"]))
        at += len(page["texts"])
    return names, pages


def label(work):
    _, pages = read(work / "pages.jsonl")
    apart = sites_apart(pages)
    with open(work / "labels.jsonl", "w") as out:
        for page in pages:
            if page["set"] == "snippets":
                found = labels.snippet_labels(page["texts"], page["with"], page["without"]), [], 0, 1.0
            else:
                found = labels.gold_labels(page["texts"], page["gold"])
            page["labels"], page["words"], page["goldWords"], page["found"] = found
            row = {key: page[key] for key in ("id", "set", "site", "labels", "words", "goldWords", "found")}
            out.write(json.dumps({**row, "apart": page["site"] in apart}) + "\n")
    labels.write_plan(pages, work / "plan.jsonl")


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sites_apart(pages):
    apart = set()
    for name in SCORED:
        counts = collections.Counter(page["site"] for page in pages if page["set"] == name)
        for site in sorted(counts, key=lambda site: digest("held-out 8 " + site)):
            if sum(n for site_, n in counts.items() if site_ in apart) >= 0.2 * counts.total():
                break
            apart.add(site)
    return apart


def fold_of(site, split):
    return int(digest(f"{split}:{site}"), 16) % FOLDS


def weights(page):
    known = np.array(page["labels"]) >= 0
    if page["set"] == "snippets":
        return known * SNIPPET_WEIGHT * SETS["snippets"]
    if page["set"] in ("modern", "tool_snapshot_markdown") and page["found"] < FOUND_MIN:
        return np.zeros(len(known))
    share = (np.array(page["words"], float) + 3) / (page["goldWords"] + 60)
    return np.minimum(share, WEIGHT_MAX) * SETS[page["set"]]


class Data:
    def __init__(self, work):
        self.names, pages = read(work / "pages.jsonl")
        with open(work / "labels.jsonl") as f:
            self.pages = [json.loads(line) for line in f]
        for page, known in zip(pages, self.pages):
            known["rows"] = page["rows"]
            w, y = weights(known), np.array(known["labels"]) == 1
            known["odds"] = w[~y].sum() / max(w[y].sum(), 1e-9)
        by_id = {page["id"]: page for page in self.pages}
        with open(work / "plan.jsonl") as f:
            removed = {plan["id"]: set(plan["remove"]) for plan in map(json.loads, f)}
        total = sum(len(page["labels"]) for page in self.pages)
        self.variants = []
        for variant in read(work / "variants.jsonl")[1]:
            page = by_id[variant["id"]]
            kept = [b for b in range(len(page["labels"])) if b not in removed[page["id"]]]
            found = [page["labels"][b] for b in kept]
            count = [page["words"][b] for b in kept]
            gold = max(250, sum(n for n, y in zip(count, found) if y == 1))
            rows = slice(variant["rows"].start + total, variant["rows"].stop + total)
            self.variants.append({**page, "labels": found, "words": count, "goldWords": gold, "rows": rows})
        both = [np.fromfile(work / f"{name}.bin", dtype="<i2").reshape(-1, len(self.names)) for name in ("pages", "variants")]
        self.x = np.concatenate(both).astype(np.float32)
        self.y = np.concatenate([np.array(page["labels"]) == 1 for page in self.pages + self.variants])
        self.w = np.concatenate([weights(page) for page in self.pages] + [self.as_even(weights(page), page) for page in self.variants])
        # One in four of the plainest links, at four times the weight: they are most of the rows and teach little.
        link, size = self.names.index("linkShare"), self.names.index("size")
        plain = ~self.y & (self.x[:, link] >= 230) & (self.x[:, size] < 100)
        chosen = np.arange(len(self.y)) % 4 == 0
        self.w = np.where(plain, np.where(chosen, 4 * self.w, 0), self.w)

    @staticmethod
    def as_even(w, page):
        """What is not main text weighs no more beside what is than on the whole page: a variant shows other shapes, not odds."""
        y = np.array(page["labels"]) == 1
        most = page["odds"] * w[y].sum()
        return VARIANT_WEIGHT * np.where(y, w, w * min(1, most / max(w[~y].sum(), 1e-9)))

    def rows(self, takes):
        mask = np.zeros(len(self.y), bool)
        for page in self.pages + self.variants:
            if takes(page):
                mask[page["rows"]] = True
        return mask & (self.w > 0)


def train(data, takes):
    from catboost import CatBoostClassifier, Pool

    rows = data.rows(takes)
    model = CatBoostClassifier(**PARAMETERS)
    w = data.w[rows]
    model.fit(Pool(data.x[rows], data.y[rows].astype(int), weight=w / w.mean()))
    return model


def packed(model, names, path):
    """Whole numbers: features are, so a border is the greatest value that answers no."""
    model.save_model(str(path), format="json")
    whole = json.loads(path.read_text())
    path.unlink()
    scale, (bias,) = whole["scale_and_bias"]
    trees = whole["oblivious_trees"]
    columns, limits = np.zeros((len(trees), DEPTH), int), np.full((len(trees), DEPTH), 32_767)
    leaves = np.zeros((len(trees), 1 << DEPTH), int)
    for i, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"]):
            columns[i, level], limits[i, level] = split["float_feature_index"], int(np.floor(split["border"]))
        values = np.array(tree["leaf_values"])
        leaves[i] = np.round(np.tile(values, (1 << DEPTH) // len(values)) * scale * SCALE)
    return {"features": names, "trees": len(trees), "depth": DEPTH, "columns": columns.ravel().tolist(),
            "limits": limits.ravel().tolist(), "leaves": leaves.ravel().tolist(), "scale": SCALE, "bias": round(bias * SCALE)}


def as_source(model, card):
    def column(values, kind):
        text = base64.b64encode(np.array(values, kind).tobytes()).decode()
        return "[\n" + "".join(f"  '{text[i:i + 116]}',\n" for i in range(0, len(text), 116)) + "].join('')"

    names = "".join(f"  '{name}',\n" for name in model["features"])
    return f"""{card}import type {{ TreeModel }} from '../kernels/tree-sums/reference.js'

const FEATURES = [
{names}]

/** A byte a question. */
const COLUMNS = {column(model["columns"], np.uint8)}

/** Two bytes a question, little-endian. */
const LIMITS = {column(model["limits"], "<i2")}

/** Two bytes a leaf, little-endian. */
const LEAVES = {column(model["leaves"], "<i2")}

export const BLOCK_MODEL: TreeModel = {{
  features: FEATURES,
  trees: {model["trees"]},
  depth: {model["depth"]},
  columns: Uint8Array.from(Buffer.from(COLUMNS, 'base64')),
  limits: int16(LIMITS),
  leaves: int16(LEAVES),
  scale: {model["scale"]},
  bias: {model["bias"]},
}}

function int16(base64: string): Int16Array {{
  const bytes = Buffer.from(base64, 'base64')
  return Int16Array.from({{ length: bytes.length / 2 }}, (_, i) => bytes.readInt16LE(2 * i))
}}
"""


def main():
    a = argparse.ArgumentParser()
    a.add_argument("step", choices=["label", "folds", "apart", "final"])
    a.add_argument("work", type=pathlib.Path)
    a.add_argument("out", nargs="?", type=pathlib.Path)
    a.add_argument("--split", type=int, default=0)
    o = a.parse_args()
    if o.step == "label":
        return label(o.work)
    data, scratch = Data(o.work), o.work / "catboost.json"
    if o.step == "final":
        before = o.out.read_text()
        card = before[: before.index("import type")]
        o.out.write_text(as_source(packed(train(data, lambda page: True), data.names, scratch), card))
    elif o.step == "apart":
        model = packed(train(data, lambda page: not page["apart"]), data.names, scratch)
        ids = {page["id"]: 0 for page in data.pages if page["apart"]}
        (o.work / "apart.json").write_text(json.dumps({"models": [model], "pages": ids}))
    else:
        models = []
        for fold in range(FOLDS):
            takes = lambda page, fold=fold: not page["apart"] and fold_of(page["site"], o.split) != fold
            models.append(packed(train(data, takes), data.names, scratch))
        ids = {page["id"]: fold_of(page["site"], o.split) for page in data.pages if not page["apart"]}
        (o.work / f"folds-{o.split}.json").write_text(json.dumps({"models": models, "pages": ids}))


if __name__ == "__main__":
    main()
