"""Peer of lm-score.js: the kenlm module on the same models and texts. For each line read, the name of a form, it scores all
texts once and prints the CPU seconds of that and of loading. Usage: python bench/lm-score.py FOLDER"""
import gzip
import json
import os
import sys
import tempfile
import time

import kenlm

folder = sys.argv[1]
with gzip.open(os.path.join(folder, "kenlm", "scores.jsonl.gz"), "rt", encoding="utf-8") as file:
    lines = [json.loads(line)["tokens"] for line in file]


def load(form):
    with tempfile.NamedTemporaryFile() as unpacked:
        with gzip.open(os.path.join(folder, "kenlm", f"dev.{form}.gz")) as packed:
            unpacked.write(packed.read())
        unpacked.flush()
        start = time.process_time()
        model = kenlm.Model(unpacked.name)
        return model, time.process_time() - start


models = {}
for form in map(str.strip, sys.stdin):
    if form not in models:
        models[form] = load(form)
    model, seconds_to_load = models[form]
    start = time.process_time()
    for line in lines:
        model.score(line)
    seconds = time.process_time() - start
    print(json.dumps({"seconds": seconds, "load": seconds_to_load}), flush=True)
