"""Trains fastText's toxicity models for filter-toxicity.js, with the same options as models/toxicity-en.

    python bench/filter-toxicity.py TOXICITY.jsonl.gz raw.bin [TRAINING.txt own.bin]

raw.bin: on the texts as they stand, two labels, HateCheck and madlibs left out. own.bin: on the text that
scripts/make-toxicity-texts.js writes. Needs fasttext 0.9.2. Columns are 20, not 16, and threads two: with one thread, or where
rows times columns is no multiple of ten, fastText 0.9.2 leaves some of its first values unset.
"""
import gzip
import json
import sys

import fasttext

OPTIONS = dict(wordNgrams=3, minn=3, maxn=5, dim=20, bucket=100000, epoch=15, lr=0.3, thread=2, seed=1)


def training_rows(path):
    for line in gzip.open(path, "rt"):
        row = json.loads(line)
        if "hatecheck" in row["source"] or row["subset"].startswith("madlibs"):
            continue
        label = "nontoxic" if row["label"] in ("nontoxic", "neither") else "toxic"
        yield f"__label__{label} {' '.join(row['text'].split())}\n"


toxicity, raw, *own = sys.argv[1:]
with open(raw + ".txt", "w") as file:
    file.writelines(training_rows(toxicity))
fasttext.train_supervised(raw + ".txt", **OPTIONS).save_model(raw)
if own:
    fasttext.train_supervised(own[0], **OPTIONS).save_model(own[1])
