"""The peers of bench/dedup-minhash.js on the same documents: signatures of 112 values over word 5-grams, one thread.

Usage: MILLRACE_DATA=… python bench/dedup-minhash.py [datatrove] [datasketch] [rensa]   (pip install what you name)
One JSON line a figure, rates from the median CPU time of REPEATS runs (default 3). datasketch and rensa take shingles,
which Python makes here as a user of theirs would; `hashing only` leaves that part out.
"""
import gzip
import json
import os
import pathlib
import re
import statistics
import sys
import time

os.environ.setdefault("RAYON_NUM_THREADS", "1")
folder = pathlib.Path(os.environ.get("MILLRACE_DATA", pathlib.Path(__file__).resolve().parents[2] / "shared/data"))
with gzip.open(folder / "dedup/docs.jsonl.gz", "rt", encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in lines]
size = sum(len(text.encode()) for text in texts)
word = re.compile(r"\w+")
PERMUTATIONS = 112


def shingles(text):
    words = word.findall(text.lower())
    return {" ".join(words[i : i + 5]) for i in range(len(words) - 4)}


def timed(name, run):
    seconds = []
    for _ in range(int(os.environ.get("REPEATS", "3"))):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    median = statistics.median(seconds)
    rates = {"docsPerCpuSecond": round(len(texts) / median), "mbPerCpuSecond": round(size / median / 1e6, 2)}
    print(json.dumps({"name": name, "median": round(median, 4), **rates}), flush=True)


def datatrove():
    from datatrove.pipeline.dedup import MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.utils.hashing import HashConfig

    hashes = HashConfig(hash_fc="sha1", precision=64)
    step = MinhashDedupSignature("unused", MinhashConfig(hash_config=hashes, num_buckets=14, hashes_per_bucket=8, n_grams=5))
    step.get_signature(step.get_shingles(texts[0]))  # loads the word splitter
    timed("datatrove, signatures from text", lambda: [step.get_signature(step.get_shingles(text)) for text in texts])


def datasketch():
    from datasketch import MinHash

    empty = MinHash(num_perm=PERMUTATIONS)

    def sign(grams):
        one = empty.copy()
        one.update_batch(grams)
        return one.digest()

    timed("datasketch, signatures from text", lambda: [sign([g.encode() for g in shingles(text)]) for text in texts])
    sets = [[g.encode() for g in shingles(text)] for text in texts]
    timed("datasketch, hashing only", lambda: [sign(grams) for grams in sets])


def rensa():
    from rensa import RMinHash

    def sign(grams):
        one = RMinHash(num_perm=PERMUTATIONS, seed=42)
        one.update(grams)
        return one.digest()

    timed("rensa, signatures from text", lambda: [sign(list(shingles(text))) for text in texts])
    sets = [list(shingles(text)) for text in texts]
    timed("rensa, hashing only", lambda: [sign(grams) for grams in sets])


timed("shingling in Python", lambda: [shingles(text) for text in texts])
for peer in sys.argv[1:] or ["datatrove", "datasketch", "rensa"]:
    {"datatrove": datatrove, "datasketch": datasketch, "rensa": rensa}[peer]()
