"""Peer of lm-score.js: the kenlm module on the same models and texts. Usage: python bench/lm-score.py FOLDER [passes]"""
import gzip
import json
import os
import sys
import tempfile
import time

import kenlm

folder, passes = sys.argv[1], int((sys.argv + ["200"])[2])
with gzip.open(os.path.join(folder, "kenlm", "scores.jsonl.gz"), "rt", encoding="utf-8") as file:
    texts = [json.loads(line) for line in file]
lines = [text["tokens"] for text in texts]
tokens = sum(text["n_tokens"] for text in texts)
for form in ("probing.binary", "trie.binary", "qtrie.binary", "qatrie.binary", "arpa"):
    with tempfile.NamedTemporaryFile() as unpacked:
        with gzip.open(os.path.join(folder, "kenlm", f"dev.{form}.gz")) as packed:
            unpacked.write(packed.read())
        unpacked.flush()
        model = kenlm.Model(unpacked.name)
    seconds = []
    for _ in range(passes):
        start = time.process_time()
        for line in lines:
            model.score(line)
        seconds.append(time.process_time() - start)
    seconds.sort()
    best, median = (round(tokens / s / 1e6, 2) for s in (seconds[0], seconds[passes // 2]))
    print(json.dumps({"peer": "kenlm", "form": form, "kind": "lines", "tokens": tokens, "mtokensPerCpuSecond": {"best": best, "median": median}}))
