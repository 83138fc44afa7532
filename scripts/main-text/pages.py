"""Gathers labelled pages for blocks.js out of checkouts of public repositories: {id, set, site, html, gold | with, without}.

    python scripts/main-text/pages.py OUT.jsonl.gz --modern REPO --fundus REPO --newspaper REPO [--lines PAGES.jsonl...]

REPO: a clone of tiptopjaw/web-content-extraction-benchmark, flairNLP/fundus, AndyTheFactory/newspaper4k (commits: the card in
src/html/block-model.ts). PAGES: pages of other collections in the same form, with `url` instead of `site`. A site is the
label before the public suffix, so that one publisher's pages of two collections never stand in training and test.
"""
import argparse
import gzip
import json
import re
import subprocess
from urllib.parse import urlsplit

SECOND_LEVEL = {"co", "com", "org", "ac", "gov", "net", "or", "ne", "go"}
CANONICAL = re.compile(
    r"""<link[^>]+rel=["']?canonical["']?[^>]*href=["']([^"']+)|property=["']og:url["'][^>]*content=["']([^"']+)""")


def site_of(url):
    labels = (urlsplit(url).hostname or "").lower().split(".")
    if len(labels) < 2:
        return labels[0]
    return labels[-3] if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else labels[-2]


def git(repository, *arguments):
    return subprocess.run(["git", "-C", repository, *arguments], capture_output=True, check=True).stdout


def names(repository, folder):
    return git(repository, "ls-tree", "-r", "HEAD", "--name-only", folder).decode().splitlines()


def canonical(html):
    found = CANONICAL.search(html)
    return (found.group(1) or found.group(2)) if found else ""


def modern(repository):
    for name in names(repository, "release/html"):
        key = name.split("/")[-1].split(".")[0]
        html = gzip.decompress(git(repository, "show", f"HEAD:{name}")).decode("utf8", "replace")
        about = json.loads(git(repository, "show", f"HEAD:benchmark/ground-truth/{key}.json"))
        gold = about["ground_truth"].get("main_content") or ""
        yield {"id": f"mcb-{key}", "set": "modern", "site": site_of(about["url"]), "html": html, "gold": gold}


def fundus(repository):
    base = "tests/resources/parser/test_data/"
    for name in names(repository, base):
        if not name.endswith(".html.gz"):
            continue
        folder, file = name.rsplit("/", 1)
        publisher = file.split("_")[0]
        html = gzip.decompress(git(repository, "show", f"HEAD:{name}")).decode("utf8", "replace")
        visible = " ".join(re.sub(r"<[^>]+>", " ", html).split())
        best, share = [], 0.3
        for version in json.loads(git(repository, "show", f"HEAD:{folder}/{publisher}.json")).values():
            body = version.get("body") or {}
            parts = list(body.get("summary", []))
            for section in body.get("sections", []):
                parts += section.get("headline", []) + section.get("paragraphs", [])
            hits = sum(part[:25] in visible for part in parts) / max(1, len(parts))
            if hits >= share:
                best, share = parts, hits
        if best:
            site = site_of(canonical(html)) or publisher.lower()
            yield {"id": f"fun-{name[len(base):-8]}", "set": "fundus", "site": site, "html": html, "gold": "\n".join(best)}


def newspaper(repository):
    gold = {name.split("/")[-1][:-4]: name for name in names(repository, "tests/data/txt")}
    for name in names(repository, "tests/data/html"):
        key = name.split("/")[-1][:-5]
        if key in gold:
            html = git(repository, "show", f"HEAD:{name}").decode("utf8", "replace")
            text = git(repository, "show", f"HEAD:{gold[key]}").decode("utf8", "replace")
            yield {"id": f"np-{key}", "set": "newspaper", "site": site_of(canonical(html)) or key, "html": html, "gold": text}


def lines(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as f:
        for page in map(json.loads, f):
            yield {"site": site_of(page.get("url", "")), **page}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("out")
    for option in ("--modern", "--fundus", "--newspaper"):
        a.add_argument(option)
    a.add_argument("--lines", nargs="*", default=[])
    o = a.parse_args()
    sources = [lines(path) for path in o.lines]
    sources += [read(at) for read, at in ((modern, o.modern), (fundus, o.fundus), (newspaper, o.newspaper)) if at]
    with gzip.open(o.out, "wt", encoding="utf-8") as out:
        for source in sources:
            for page in source:
                out.write(json.dumps(page) + "\n")


if __name__ == "__main__":
    main()
