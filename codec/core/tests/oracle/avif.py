"""AVIF end to end: parts from the core, each decoded by @jsquash/avif in Deno, joined by the core, compared with Pillow.

    python3 tests/oracle/avif.py BINARY CORPUS

BINARY is the built example `decode`. Needs pillow (with AVIF), numpy, and node's npx for Deno. Exit code 1 when less
than 95 % of the valid files come out within a mean difference of 2.
"""

import csv
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageOps

DENO = ["npx", "--yes", "deno@2.9.6", "run", "-A"]
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "avif.ts")


def joined(binary, path, folder):
    run = subprocess.run([binary, "avif-join", path, folder], capture_output=True, timeout=120)
    head, _, data = run.stdout.partition(b"\n")
    words = head.decode(errors="replace").split()
    if not words or words[0] != "ok":
        return None, head.decode(errors="replace")
    channels = 4 if words[1] == "rgba8" else 3
    array = np.frombuffer(data, "u1").reshape(int(words[3]), int(words[2]), channels)
    image = Image.fromarray(array).convert("RGBA")
    image.getexif()[274] = int(words[5])
    return ImageOps.exif_transpose(image), ""


def verdict(image, path):
    try:
        other = np.asarray(Image.open(path).convert("RGBA")).astype(float)
    except Exception as error:
        return True, f"taken, oracle: {type(error).__name__}"
    array = np.asarray(image).astype(float)
    if array.shape != other.shape:
        return False, f"{array.shape} and {other.shape}"
    gap = np.abs(array - other)
    gap[(array[..., 3] == 0) & (other[..., 3] == 0)] = 0
    return gap.mean() <= 2, f"max {gap.max():.0f}, mean {gap.mean():.3f}"


def main():
    binary, corpus = sys.argv[1:]
    with open(os.path.join(corpus, "manifest.tsv"), newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        paths = [os.path.join(corpus, r["path"]) for r in rows if r["format"] == "avif" and r["expected"] == "valid"]
    good = 0
    with tempfile.TemporaryDirectory() as root:
        for index, path in enumerate(paths):
            os.mkdir(os.path.join(root, str(index)))
            subprocess.run([binary, "avif-split", path, os.path.join(root, str(index))], check=False, capture_output=True)
        print(subprocess.run([*DENO, SCRIPT, root], capture_output=True, text=True).stdout, end="")
        for index, path in enumerate(paths):
            image, error = joined(binary, path, os.path.join(root, str(index)))
            fine, text = verdict(image, path) if image else (False, error)
            good += fine
            print(f"{'ok' if fine else 'BAD'} {os.path.basename(path)}: {text}")
    print(f"| avif | {len(paths)} | {good} | {good * 100 / max(len(paths), 1):.1f} % | 95 % |")
    sys.exit(good * 100 < len(paths) * 95)


if __name__ == "__main__":
    main()
