"""Trains small SentencePiece models and says how each splits each text: what tests/lm/sentencepiece.test.ts compares with.

    python sentencepiece.py FOLDER

FOLDER/texts.json is a list of strings, the first 3,000 to train on. Written there: NAME.model, and pieces.json,
{NAME: [pieces of each text]}. Needs: pip install sentencepiece (0.2.3).
"""
import json
import os
import sys

# This file's own name must not stand in for the package.
sys.path = [place for place in sys.path if os.path.abspath(place or ".") != os.path.dirname(os.path.abspath(__file__))]
import sentencepiece  # noqa: E402

OWN = ["<sep>", "of the", "ing"]
MODELS = {
    "unigram": dict(vocab_size=400),
    "unigram-bytes": dict(vocab_size=600, byte_fallback=True, character_coverage=0.99),
    "unigram-identity": dict(vocab_size=300, normalization_rule_name="identity", user_defined_symbols=OWN),
    "unigram-suffix": dict(vocab_size=300, treat_whitespace_as_suffix=True, normalization_rule_name="nfkc_cf"),
    "unigram-raw": dict(vocab_size=300, remove_extra_whitespaces=False, add_dummy_prefix=False),
    "bpe": dict(model_type="bpe", vocab_size=250),
    "bpe-bytes": dict(
        model_type="bpe", vocab_size=500, byte_fallback=True, user_defined_symbols=OWN, split_by_whitespace=False
    ),
}

folder = sys.argv[1]
with open(os.path.join(folder, "texts.json"), encoding="utf-8") as file:
    texts = json.load(file)
pieces = {}
for name, options in MODELS.items():
    prefix = os.path.join(folder, name)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts[:3000]),
        model_prefix=prefix,
        minloglevel=2,
        num_threads=1,
        hard_vocab_limit=options.get("model_type") == "bpe",
        **options,
    )
    processor = sentencepiece.SentencePieceProcessor(model_file=prefix + ".model")
    pieces[name] = [processor.encode(text, out_type=str) for text in texts]
with open(os.path.join(folder, "pieces.json"), "w", encoding="utf-8") as file:
    json.dump(pieces, file)
