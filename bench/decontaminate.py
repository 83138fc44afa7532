"""The peer of bench/decontaminate.js, started by it: datatrove's NGramsDecontFilter with 13-grams of prompts, targets and where
they meet. Its indexer asks for lighteval whatever it is used for, so only its hashing is called.
Usage: python bench/decontaminate.py FOLDER, with benchmark.jsonl, planted.jsonl and clean.jsonl in it."""
import json, pathlib, sys, time
from collections import Counter

from datatrove.data import Document
from datatrove.pipeline.decont import NGramsDecontConfig, NGramsDecontFilter
from datatrove.pipeline.decont.n_grams import NGramsDecontIndexer

folder = pathlib.Path(sys.argv[1])
read = lambda name: [json.loads(line) for line in open(folder / name, encoding="utf-8")]
config = NGramsDecontConfig(n_grams=13, find_query_ngrams=True)
checker = NGramsDecontFilter(index_folder=str(folder), config=config)
indexer = object.__new__(NGramsDecontIndexer)
indexer.config, indexer.tokenizer, indexer.hash_func = config, checker.tokenizer, checker.hash_func
before = time.process_time()
checker._index_hashes = {
    hash: row["bench"] for row in read("benchmark.jsonl") for hash in indexer.compute_hashes(row["target"], row["prompt"])
}
print(json.dumps({"engine": "datatrove", "ngrams": len(checker._index_hashes), "buildCpuSeconds": round(time.process_time() - before, 2)}))
checker.stat_update = lambda *names, **more: None
hit = lambda row: checker.filter(Document(text=row["text"], id="")) is not True
planted = read("planted.jsonl")
found = Counter(row["copy"] for row in planted if hit(row))
for copy in dict.fromkeys(row["copy"] for row in planted):
    print(json.dumps({"engine": "datatrove", "ngramLength": 13, "copy": copy, "planted": 500, "found": found[copy]}))
clean = read("clean.jsonl")
megabytes = sum(len(row["text"].encode()) for row in clean) / 1e6
before = time.process_time()
hits = sum(hit(row) for row in clean)
rate = megabytes / (time.process_time() - before)
print(json.dumps({"engine": "datatrove", "clean": len(clean), "withHits": hits, "megabytesPerSecond": round(rate, 2)}))
