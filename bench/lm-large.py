"""Peer of lm-large.js: reads lines, prints for each the list of [log10, n-gram length] of its tokens and the end, and at last
the speed of scoring all lines. Usage: python bench/lm-large.py MODEL < LINES"""
import json
import sys
import time

import kenlm

model = kenlm.Model(sys.argv[1])
lines = sys.stdin.read().split("\n")
for line in lines:
    print(json.dumps([[log10, length] for log10, length, oov in model.full_scores(line)]))
best = 1e9
for _ in range(3):
    start = time.process_time()
    for line in lines:
        model.score(line)
    best = min(best, time.process_time() - start)
print(json.dumps({"peer": "kenlm", "mtokensPerCpuSecond": round(sum(len(line.split()) + 1 for line in lines) / best / 1e6, 2)}))
