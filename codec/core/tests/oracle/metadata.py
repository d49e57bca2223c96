"""Checks with exiftool that secrets don't leave and rights do, and that pixels stay.

    cargo build --example meta
    python tests/oracle/metadata.py path/of/the/example SOURCE…     # needs exiftool, and pillow with AVIF

Each SOURCE, and a JPEG made here with every kind of secret and right in it, is stripped, and its blocks (`rights` and
`all`) are put into a fresh JPEG, PNG, WebP (three kinds) and AVIF.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

from PIL import Image

TOOL, *SOURCES = sys.argv[1:]
SECRET = re.compile(r"GPS|Serial|Thumbnail|Preview|MakerNote|Latitude|Longitude")
TAGS = [
    "-GPSLatitude=52.5", "-GPSLatitudeRef=N", "-GPSLongitude=13.4", "-GPSLongitudeRef=E", "-SerialNumber=BODY77",
    "-LensSerialNumber=LENS77", "-XMP-aux:SerialNumber=BODY77", "-XMP-exif:GPSLatitude=52,30N", "-Copyright=(c) Ann",
    "-Artist=Ann", "-XMP-dc:Rights=(c) Ann Än", "-XMP-xmpRights:UsageTerms=ask first", "-XMP-plus:LicensorName=Agency",
    "-IPTC:By-line=Ann B", "-IPTC:Credit=Desk", "-DateTimeOriginal=2024:05:06 07:08:09", "-OffsetTimeOriginal=+02:00",
    "-Orientation#=6", "-Model=Camera 1",
    "-XMP-iptcExt:DigitalSourceType=http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
]  # fmt: skip
RIGHTS = {
    "IFD0:Copyright": "(c) Ann", "IFD0:Artist": "Ann", "XMP-dc:Rights": "(c) Ann Än", "XMP-dc:Creator": "Ann B",
    "XMP-photoshop:Credit": "Desk", "XMP-xmpRights:UsageTerms": "ask first",
}  # fmt: skip
failed = 0


def fail(*what):
    global failed
    failed += 1
    print("FAIL", *what)


def tool(*args):
    r = subprocess.run([TOOL, *map(str, args)], capture_output=True)
    return r.stdout if r.returncode == 0 else None


def read(paths):
    r = subprocess.run(["exiftool", "-j", "-a", "-G1", "-u", *map(str, paths)], capture_output=True)
    return {d["SourceFile"]: d for d in json.loads(r.stdout)}


def carriers(folder):
    rgb = Image.radial_gradient("L").convert("RGB").resize((48, 32))
    rgba = rgb.convert("RGBA")
    rgba.putalpha(100)
    kinds = [("c.jpg", rgb, {}), ("c.png", rgb, {}), ("c.webp", rgb, {}), ("l.webp", rgb, {"lossless": True}),
             ("a.webp", rgba, {}), ("c.avif", rgb, {}), ("a.avif", rgba, {})]  # fmt: skip
    for name, image, options in kinds:
        image.save(folder / name, **options)
    return [folder / name for name, *_ in kinds]


def made(folder):
    path = folder / "made.jpg"
    thumb = folder / "thumb.jpg"
    Image.linear_gradient("L").resize((40, 30)).save(thumb)
    Image.radial_gradient("L").resize((96, 64)).save(path)
    subprocess.run(["exiftool", "-q", "-overwrite_original", f"-ThumbnailImage<={thumb}", *TAGS, path], check=True)
    return path


def main(folder):
    own = made(folder)
    pixels = {p: Image.open(p).convert("RGBA").tobytes() for p in carriers(folder)}
    outputs = []
    for i, source in enumerate([own, *SOURCES]):
        stripped = tool("strip", source)
        if stripped is not None:
            out = folder / f"{i}-strip{pathlib.Path(source).suffix}"
            out.write_bytes(stripped)
            outputs.append((out, source, "strip", None))
        for mode in ("rights", "all"):
            for carrier in pixels:
                data = tool(mode, source, carrier)
                if data is not None:
                    out = folder / f"{i}-{mode}-{carrier.name}"
                    out.write_bytes(data)
                    outputs.append((out, source, mode, carrier))
    tags = read([o[0] for o in outputs])
    for out, source, mode, carrier in outputs:
        found = tags[str(out)]
        secrets = [k for k in found if SECRET.search(k) or (k == "IFD0:Orientation" and carrier)]
        if secrets:
            fail(source, mode, out.name, secrets)
        if carrier and Image.open(out).convert("RGBA").tobytes() != pixels[carrier]:
            fail("pixels of", out.name)
        if carrier and any("Warning" in k or "Error" in k for k in found):
            fail("exiftool warns about", source, out.name)
        if source == own:
            wanted = RIGHTS if carrier else {"IFD0:Copyright": "(c) Ann", "XMP-dc:Rights": "(c) Ann Än"}
            missing = {k: found.get(k) for k, v in wanted.items() if found.get(k) != v}
            label = str(found.get("XMP-iptcExt:DigitalSourceType", ""))
            if missing or "lgorithmic" not in label:
                fail(out.name, missing, label)
            if mode != "rights" and found.get("IFD0:Model") != "Camera 1":
                fail(out.name, "model")
            if mode == "rights" and "IFD0:Model" in found:
                fail(out.name, "model in rights")
    print(f"{len(outputs)} files of {1 + len(SOURCES)} sources, {failed} failures")


with tempfile.TemporaryDirectory() as name:
    main(pathlib.Path(name))
sys.exit(failed > 0)
