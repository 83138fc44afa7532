"""The peers of tokenizer-train.js, one thread: Hugging Face tokenizers and rustbpe. Prints one JSON line, merges included.

    python tokenizer-train.py corpus.jsonl.gz SIZE tokenizers|rustbpe
"""
import gzip
import json
import resource
import sys
import time

GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def byte_of_character():
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in kept]
    return {chr(byte): byte for byte in kept} | {chr(256 + i): byte for i, byte in enumerate(rest)}


def train_tokenizers(texts, size):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    start = time.process_time()
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=size, show_progress=False, initial_alphabet=alphabet)
    )
    seconds = time.process_time() - start
    byte_of = byte_of_character()

    def merges():
        model = json.loads(tokenizer.to_str())["model"]
        return [" ".join(bytes(byte_of[c] for c in part).hex() for part in pair) for pair in model["merges"]]

    return seconds, merges


def train_rustbpe(texts, size):
    import rustbpe

    tokenizer = rustbpe.Tokenizer()
    start = time.process_time()
    tokenizer.train_from_iterator(iter(texts), size, pattern=GPT2)
    seconds = time.process_time() - start

    def merges():
        """It gives tokens by rank; the pair of each is what merging by lower ranks leaves of it."""
        ranks = {bytes(token): rank for token, rank in tokenizer.get_mergeable_ranks()}
        pairs = []
        for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
            if rank < 256:
                continue
            parts = [token[i : i + 1] for i in range(len(token))]
            while len(parts) > 2:
                best = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], len(ranks)))
                parts[best : best + 2] = [parts[best] + parts[best + 1]]
            pairs.append(" ".join(part.hex() for part in parts))
        return pairs

    return seconds, merges


def main():
    path, size, peer = sys.argv[1:]
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, merges = (train_tokenizers if peer == "tokenizers" else train_rustbpe)(texts, int(size))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {"cpuSeconds": round(seconds, 3), "peakMiB": round(peak / 1024), "beforeMiB": round(before / 1024)}
    print(json.dumps({"form": peer, **figures, "merges": merges()}))


main()
