"""Compares grey, trimming and the places of smart crops with libvips, on photos.

    cargo build --release --example oracle
    python tests/oracle/vips.py path/of/the/example PHOTO…      # needs numpy and pyvips (pip install pyvips-binary)

Grey must agree within 1, the trim box exactly. Smart crops work on differently shrunk copies, so windows may differ:
the share of the two windows' common area is printed, its mean must be at least a half.
"""

import struct
import subprocess
import sys

import numpy as np
import pyvips

TOOL, *PHOTOS = sys.argv[1:]
failed = False


def run(px, *args):
    h, w, c = px.shape
    record = struct.pack("<3I", w, h, c) + px.tobytes()
    return subprocess.run([TOOL, *map(str, args)], input=record, capture_output=True, check=True).stdout


def verdict(ok, text):
    global failed
    failed |= not ok
    print("ok  " if ok else "FAIL", text)


shares = {"attention": [], "entropy": []}
for path in PHOTOS:
    image = pyvips.Image.thumbnail(path, 700, no_rotate=True).colourspace("srgb")
    image = image.flatten(background=255) if image.hasalpha() else image
    image = (image[:3] if image.bands > 3 else image).copy_memory()
    px = image.numpy().reshape(image.height, image.width, image.bands)
    name = path.rsplit("/", 1)[-1]

    if px.shape[2] == 3:
        grey = np.frombuffer(run(px, "grayscale")[12:], np.uint8).reshape(px.shape[:2]).astype(int)
        off = np.abs(grey - image.colourspace("b-w").numpy().reshape(px.shape[:2]))
        verdict(off.max() <= 1, f"{name} grey: max {off.max()}, mean {off.mean():.3f}")

    padded = image.embed(31, 17, image.width + 50, image.height + 60, extend="background", background=[250, 10, 90])
    pp = padded.numpy().reshape(padded.height, padded.width, -1)
    want = padded.find_trim(threshold=10, background=[250, 10, 90][: pp.shape[2]], line_art=True)
    got = [int(v) for v in run(pp, "trim", 10).split()]
    verdict(got == list(want), f"{name} trim: {got}, libvips {want}")

    for kind, found in shares.items():
        for w, h in [(200, 200), (150, 300), (image.width, image.height // 2), (image.width // 2, image.height)]:
            if w > image.width or h > image.height:
                continue
            left, top = (int(v) for v in run(px, kind, w, h).split())
            crop = image.smartcrop(w, h, interesting=kind)
            dx, dy = abs(left + crop.xoffset), abs(top + crop.yoffset)
            found.append(max(0, w - dx) * max(0, h - dy) / (w * h))

for kind, found in shares.items():
    if found:
        text = f"{kind}: mean common area {np.mean(found):.2f}, smallest {min(found):.2f}, of {len(found)} windows"
        verdict(np.mean(found) >= 0.5, text)
sys.exit(failed)
