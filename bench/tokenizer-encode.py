"""The peers of tokenizer-encode.js: one process, each side's first pass, passes again, English and the rest. JSON out."""
import gzip
import hashlib
import json
import os
import pathlib
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tiktoken
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
folder = pathlib.Path(sys.argv[1])
rows = [json.loads(line) for line in gzip.open(folder / "text/corpus.jsonl.gz", "rt", encoding="utf-8")]
vocab = json.load(gzip.open(folder / "tokenizer/gpt2_vocab.json.gz"))
lines = gzip.open(folder / "tokenizer/gpt2_merges.txt.gz", "rt", encoding="utf-8").read().split("\n")
merges = [tuple(line.split(" ")) for line in lines if line and not line.startswith("#version")]
SPECIAL = "<|endoftext|>"


def byte_of_character():
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in keep]
    return {chr(byte): byte for byte in keep} | {chr(256 + i): byte for i, byte in enumerate(rest)}


def open_tiktoken():
    of = byte_of_character()
    ranks = {bytes(of[c] for c in token): id for token, id in vocab.items() if token != SPECIAL}
    encoding = tiktoken.Encoding("gpt2", pat_str=GPT2, mergeable_ranks=ranks, special_tokens={SPECIAL: vocab[SPECIAL]})
    return lambda text: encoding.encode(text, disallowed_special=())


def open_huggingface():
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def measure(make):
    start = time.process_time()
    encode = make()
    opening = (time.process_time() - start) * 1000
    figures = {}

    def timed(name, texts):
        size = sum(len(text.encode()) for text in texts)
        start = time.process_time()
        tokens = sum(len(encode(text)) for text in texts)
        figures[name] = {"mbPerCpuSecond": size / 1e6 / (time.process_time() - start), "tokens": tokens}

    texts = [row["text"] for row in rows]
    timed("all, first pass", texts)
    timed("all, again", texts)
    timed("English", [row["text"] for row in rows if row["lang"] == "en"])
    timed("the rest", [row["text"] for row in rows if row["lang"] != "en"])
    digest = hashlib.sha256()
    for text in texts:
        digest.update(b"".join(id.to_bytes(4, "little") for id in encode(text)))
    return {"opening": opening, "figures": figures, "digest": digest.hexdigest()}


print(json.dumps({"tiktoken": measure(open_tiktoken), "huggingface": measure(open_huggingface)}))
