"""Labels of blocks: 1 main text, 0 not, -1 unknown; and the plan of variants.

A page with gold text: blocks whose word 4-grams stand in the gold are put on a chain of rising places in it (of two copies one
is taken); shorter blocks count where their words stand in the gold between those of their neighbors on the chain. A page with
snippets: the blocks that hold them; nothing is known of the others.
"""
import bisect
import collections
import json
import random
import re
import unicodedata

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f\u1000-\u109f"
WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+")
N = 4
SHORT_WORDS_MAX = 12


def words(text):
    return WORD.findall(unicodedata.normalize("NFC", text).lower())


def flat(text):
    return " ".join(unicodedata.normalize("NFC", text).split())


def anchors_of(blocks, gold):
    """(block, start, end, matches) for each place in the gold where a block may stand, and the matched share of each block."""
    places = collections.defaultdict(list)
    for i in range(len(gold) - N + 1):
        places[tuple(gold[i : i + N])].append(i)
    found, share = [], [0.0] * len(blocks)
    for b, block in enumerate(blocks):
        hits = [places.get(tuple(block[i : i + N])) for i in range(len(block) - N + 1)]
        matches = sum(hit is not None for hit in hits)
        if matches == 0:
            continue
        share[b] = matches / len(hits)
        if share[b] < 0.5:
            continue
        votes = collections.Counter(p - i for i, hit in enumerate(hits) if hit for p in hit[:6])
        top = votes.most_common(3)
        found += [(b, at, at + len(block), matches) for at, n in top if n >= max(1, top[0][1] * 0.8)]
    return found, share


def chain_of(anchors, length):
    """The heaviest chain of anchors with rising places, a block once: {block: (start, end)}. A Fenwick tree of maxima."""
    size = length + 2
    tree = [(0, -1)] * (size + 1)

    def best_before(place):
        i, best = min(max(place, 0), length) + 1, (0, -1)
        while i > 0:
            best = max(best, tree[i])
            i -= i & -i
        return best

    state, at = [None] * len(anchors), 0
    while at < len(anchors):
        end = at
        while end < len(anchors) and anchors[end][0] == anchors[at][0]:
            weight, before = best_before(anchors[end][1] + 2)
            state[end] = (weight + anchors[end][3], before)
            end += 1
        for k in range(at, end):
            i = min(max(anchors[k][2], 0), length) + 1
            while i <= size:
                if state[k][0] > tree[i][0]:
                    tree[i] = (state[k][0], k)
                i += i & -i
        at = end
    chain, k = {}, best_before(length)[1]
    while k >= 0:
        chain[anchors[k][0]] = anchors[k][1:3]
        k = state[k][1]
    return chain


def gold_labels(texts, gold_text):
    """Labels, words by block, words of the gold, and the share of the gold that stands in the page."""
    gold, blocks = words(gold_text), [words(text) for text in texts]
    anchors, share = anchors_of(blocks, gold)
    chain = chain_of(anchors, len(gold))
    covered = bytearray(len(gold) + 1)

    def cover(start, end):
        for i in range(max(start, 0), min(end, len(gold))):
            covered[i] = 1

    for start, end in chain.values():
        cover(start, end)
    for block, start, end, _ in anchors:  # text in another order; a copy of what is on the chain stays out
        done = sum(covered[max(start, 0) : min(end, len(gold))])
        if block not in chain and done < 0.3 * max(1, min(end, len(gold)) - max(start, 0)):
            chain[block] = (start, end)
            cover(start, end)
    labels = [int(b in chain) for b in range(len(blocks))]
    order = sorted(chain)
    for b, block in enumerate(blocks):
        if not block or b in chain or len(block) > SHORT_WORDS_MAX or (len(block) >= N and share[b] == 0):
            continue
        k = bisect.bisect(order, b)
        low = max(0, chain[order[k - 1]][1] - 1) if k else 0
        high = min(len(gold), chain[order[k]][0] + 1) if k < len(order) else len(gold)
        spans = [(low, high)] if high - low <= 400 else [(low, low + 60), (max(low, high - 60), high)]
        places = (i for s, e in spans for i in range(s, e - len(block) + 1))
        at = next((i for i in places if gold[i : i + len(block)] == block and not covered[i]), -1)
        if at >= 0:
            labels[b] = 1
            cover(at, at + len(block))
    return labels, [len(block) for block in blocks], len(gold), sum(covered) / max(1, len(gold))


def snippet_labels(texts, wanted, unwanted):
    blocks = [flat(text) for text in texts]
    labels = [-1] * len(blocks)
    for snippet in map(flat, unwanted):
        for b, block in enumerate(blocks):
            if snippet and snippet in block:
                labels[b] = 0
    for snippet in map(flat, wanted):
        first = next((b for b, block in enumerate(blocks) if snippet and snippet in block), -1)
        if first >= 0:
            labels[first] = 1
    return labels


def write_plan(pages, path):
    """Variants of pages with gold: most with a few paragraphs of it left, as short articles are rare among the pages; four
    of ten without class and id words, so that not everything hangs on names."""
    chance = random.Random(8)
    with open(path, "w") as out:
        for page in pages:
            if page["set"] in ("snippets", "tool_snapshot_markdown") or page["found"] < 0.85:
                continue
            gold = [b for b, label in enumerate(page["labels"]) if label == 1]
            solid = [b for b in gold if page["words"][b] >= 8]
            mask, remove = chance.random() < 0.4, []
            if len(solid) >= 3 and chance.random() < 0.75:
                count = chance.choice([1, 2, 3, 3, 5])
                start = chance.choice([0, 0, 0, chance.randrange(max(1, len(solid) - count))])
                keep = solid[start : start + count]
                low, high = keep[0] - (2 if chance.random() < 0.5 else 0), keep[-1]
                remove = [b for b in gold if not low <= b <= high]
                if chance.random() < 0.5:  # short pages have less around them too
                    share = chance.random()
                    others = [b for b, label in enumerate(page["labels"]) if label != 1]
                    if chance.random() < 0.5:
                        remove += [b for b in others if chance.random() > share]
                    else:
                        reach = int(5 + share * 40)
                        remove += [b for b in others if b < low - reach or b > high + reach]
            elif not mask:
                continue
            if len(remove) < len(page["labels"]):
                out.write(json.dumps({"id": page["id"], "remove": sorted(remove), "mask": mask}) + "\n")
