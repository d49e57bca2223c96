"""Compares decoded pixels of the corpus with independent decoders, and prints a Markdown table.

    python3 tests/oracle/decode.py BINARY CORPUS [FORMAT…]

BINARY is the built example `decode`; CORPUS holds manifest.tsv. Needs pillow, pillow-heif, pillow-jxl-plugin, numpy,
tifffile, imagecodecs, OpenEXR. AVIF is compared by tests/oracle/avif.ts, which decodes the parts in Deno.
Oracles crash too, so each runs in a process of its own. Prints every file that differs; exit code 1 when a format's
share of files within tolerance is below the one wanted.
"""

import concurrent.futures
import csv
import os
import subprocess
import sys

import numpy as np

# Per format: share wanted in percent, then largest and mean difference allowed (in 8-bit steps).
FORMATS = {
    "jpeg": (98, 12, 0.5), "png": (98, 1.01, 1), "webp": (98, 1.01, 1), "gif": (98, 0, 0), "bmp": (98, 1.01, 1),
    "tga": (98, 1.01, 1), "pnm": (98, 1.01, 1), "qoi": (98, 0, 0), "hdr": (98, 1.01, 1), "ico": (95, 1.01, 1),
    "jxl": (95, 255, 2), "svg": (95, 255, 2), "heic": (95, 255, 2), "tiff": (85, 1.01, 1), "exr": (80, 1.01, 1),
}
ALIASES = {"apng": "png", "cur": "ico", "heif": "heic"}
CHANNELS = {"l": 1, "la": 2, "rgb": 3, "rgba": 4, "cmyk": 4, "lab": 3}

# Files where the oracle is wrong or reads something else, with the reason; they count as right when taken.
DIFFERENT = {
    "gray-4-tRNS.png": "Pillow compares tRNS with the widened sample",
    "gray-4-linear-tRNS.png": "Pillow compares tRNS with the widened sample",
    "tbwn0g16.png": "Pillow drops 16-bit tRNS",
    "border_touching_layers.gif": "uncovered canvas is transparent here (as in browsers), background colour in Pillow",
    "high-color.gif": "uncovered canvas, as above",
    "images-combine.gif": "uncovered canvas, as above",
    "missing-pixels.gif": "missing pixels are transparent here",
    "pal8rletrns.bmp": "skipped pixels are transparent here (bmpsuite allows either)",
    "multiple_entries_with_different_bit_depth.ico": "the deepest of equally large entries is taken here",
    "sample.cur": "Pillow ignores the AND mask",
    "alpha_premultiplied.jxl": "the plugin leaves colour premultiplied",
    "animation_distance_0_0.jxl": "the plugin shows another frame",
    "animation_frame_indexed.jxl": "the plugin shows another frame",
    "lossy_with_icc.jxl": "the plugin converts to the embedded profile, sRGB here",
    "3x3_jpeg_recompression.jxl": "chroma of 3 pixels is upsampled differently",
    "ycbcr_lzw_bt709.tif": "Pillow ignores YCbCrCoefficients",
    "ojpeg-tile.tif": "chroma is interpolated here, repeated in libtiff (maximum 20, mean 0.8)",
    "ycbcr_jpeg_8bit.tif": "JPEG: maximum 4, mean 0.12",
    "quad-tile.jpg.tiff": "JPEG: maximum 4, mean 0.12",
    "float-size.svg": "the reference has a file beside it, which is never opened here",
}


def ours(binary, path, size=None):
    """Kind, array (height × width × channels) or the error's text; a crash is an error too."""
    run = subprocess.run([binary, path] + ([size] if size else []), capture_output=True, timeout=120)
    head, _, data = run.stdout.partition(b"\n")
    words = head.decode(errors="replace").split()
    if not words or words[0] != "ok":
        return None, head.decode(errors="replace") or "crash"
    kind, width, height = words[1], int(words[2]), int(words[3])
    name = kind.rstrip("0123456789").removesuffix("f")
    depth = {"8": "u1", "6": "<u2", "2": "<f4"}[kind[-1]]
    return kind, np.frombuffer(data, depth).reshape(height, width, CHANNELS[name])


def pillow(path):
    import pillow_heif
    import pillow_jxl  # noqa: F401  (registers itself)
    from PIL import Image

    pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None
    image = Image.open(path)
    if image.mode.startswith("I"):
        array = np.asarray(image).astype(float)
        return (array / 257 if array.max() > 255 else array)[..., None]
    return np.asarray(image.convert("RGBA")).astype(float)


def tiff(path):
    import tifffile

    page = tifffile.TiffFile(path).pages[0]
    array = page.asarray()
    photometric = int(page.photometric)
    if photometric not in (1, 2, 5) or int(page.compression) in (6, 7) or array.size == 0:
        return pillow(path)
    if int(page.planarconfig or 1) == 2 and page.samplesperpixel > 1:
        array = np.moveaxis(array, 0, -1)
    array = array[..., None] if array.ndim == 2 else array
    bits = page.bitspersample
    offset = 2.0 ** (bits - 1) if array.dtype.kind == "i" else 0
    most = 1 if array.dtype.kind == "f" else 2.0**bits - 1
    array = (array.astype(float) + offset) / most * 255
    extra = [int(e) for e in page.extrasamples]
    if 1 in extra and photometric in (1, 2):
        alpha = array[..., -1:]
        array[..., :-1] = np.where(alpha > 0, np.minimum(array[..., :-1] * 255 / np.maximum(alpha, 1e-9), 255), array[..., :-1])
    return array


def hdr(path):
    import imagecodecs

    return imagecodecs.rgbe_decode(open(path, "rb").read()).astype(float) * 255


def exr(path):
    import OpenEXR

    with OpenEXR.File(path, separate_channels=True) as file:
        channels = {name: c.pixels.astype(float) for name, c in file.channels().items()}
    if "R" in channels:
        array = np.stack([channels[c] for c in "RGB"], -1)
    elif "RY" in channels:
        return None
    else:
        array = np.stack([next(iter(channels.values()))] * 3, -1)
    return np.nan_to_num(array, nan=0, posinf=65504, neginf=-65504) * 255


def netpbm(path):
    data = open(path, "rb").read()
    if data[:2] == b"P7":
        head, _, body = data.partition(b"ENDHDR\n")
        fields = dict(line.split(None, 1) for line in head.decode().splitlines()[1:] if line and line[0] != "#")
        width, height, depth, most = (int(fields[k]) for k in ("WIDTH", "HEIGHT", "DEPTH", "MAXVAL"))
        array = np.frombuffer(body, ">u2" if most > 255 else "u1", width * height * depth)
        return array.reshape(height, width, depth).astype(float) * 255 / most
    if data[:2] in (b"PF", b"Pf"):
        _, size, scale, body = data.split(b"\n", 3)
        width, height = map(int, size.split())
        depth = 3 if data[1:2] == b"F" else 1
        array = np.frombuffer(body, "<f4" if float(scale) < 0 else ">f4", width * height * depth)
        return array.reshape(height, width, depth)[::-1].astype(float) * 255
    return pillow(path)


def cmyk(path):
    from PIL import Image

    image = Image.open(path)
    return np.asarray(image).astype(float) if image.mode == "CMYK" else None


def is_jpeg(path):
    import tifffile

    return int(tifffile.TiffFile(path).pages[0].compression) in (6, 7)


def oracle(form, path, reference, kind):
    if kind.startswith("cmyk") and form != "tiff":
        return cmyk(path)
    if kind.startswith("cmyk"):
        return cmyk(path) if is_jpeg(path) else tiff(path)
    if form == "svg":
        return pillow(reference) if reference else None
    return {"tiff": tiff, "hdr": hdr, "exr": exr, "pnm": netpbm}.get(form, pillow)(path)


def rgba(array, opaque):
    """Grey, grey + alpha or RGB as RGBA."""
    n = array.shape[2]
    alpha = array[..., n - 1 :] if n in (2, 4) else np.full(array.shape[:2] + (1,), opaque)
    colour = array[..., :3] if n >= 3 else np.repeat(array[..., :1], 3, axis=2)
    return np.concatenate([colour, alpha], axis=2)


def difference(kind, array, other, form):
    scale = {"8": 1, "6": 1 / 257, "2": 255}[kind[-1]]
    array = array.astype(float) * scale
    if kind.startswith("cmyk") and other.shape[2] == 4:
        return np.abs(array - other)
    array, other = rgba(array, 255.0), rgba(other, 255.0)
    if array.shape != other.shape and array.shape[:2] == other.shape[1::-1]:
        return None
    if array.shape != other.shape:
        return np.full((1, 1, 1), 255.0)
    if form in ("exr", "hdr"):
        return np.abs(array - other) / (np.abs(other) + 1) * 255
    if form == "svg":
        array[..., :3] *= array[..., 3:] / 255
        other[..., :3] *= other[..., 3:] / 255
    gap = np.abs(array - other)
    gap[(array[..., 3] == 0) & (other[..., 3] == 0)] = 0
    return gap


def compare(binary, corpus, row, form, pool):
    """'same', 'taken' (no oracle), or why not."""
    path = os.path.join(corpus, row["path"])
    reference = os.path.join(corpus, row["reference"]) if row["reference"] else None
    size = None
    if form == "svg" and reference:
        shape = pool.submit(pillow, reference).result(timeout=60).shape
        size = f"{shape[1]}x{shape[0]}"
    kind, array = ours(binary, path, size)
    if kind is None:
        return f"refused: {array}"
    if os.path.basename(path) in DIFFERENT or kind.startswith("lab"):
        return "taken"
    try:
        other = pool.submit(oracle, form, path, reference, kind).result(timeout=120)
    except Exception as error:  # the oracle refuses, hangs or died
        return f"taken, oracle: {type(error).__name__}"
    if other is None:
        return "taken"
    gap = difference(kind, array, other, form)
    if gap is None:
        return "taken"  # the oracle turns the picture upright
    _, most, mean = FORMATS[form]
    if gap.max() <= most and gap.mean() <= mean:
        return "same"
    return f"differs: max {gap.max():.1f}, mean {gap.mean():.3f}"


def main():
    binary, corpus, *only = sys.argv[1:]
    with open(os.path.join(corpus, "manifest.tsv"), newline="") as file:
        rows = [r for r in csv.DictReader(file, delimiter="\t") if r["expected"] == "valid"]
    pool = concurrent.futures.ProcessPoolExecutor(1)
    counts = {}
    for row in rows:
        form = ALIASES.get(row["format"], row["format"])
        if form not in FORMATS or (only and form not in only):
            continue
        verdict = compare(binary, corpus, row, form, pool)
        if "BrokenProcessPool" in verdict:
            pool = concurrent.futures.ProcessPoolExecutor(1)
        count = counts.setdefault(form, [0, 0, 0, 0])
        count[0] += 1
        count[1] += verdict == "same"
        count[2] += verdict.startswith("taken")
        count[3] += not (verdict == "same" or verdict.startswith("taken"))
        if verdict != "same" and verdict != "taken":
            print(f"{row['path']}: {verdict}")
    print("| format | valid | equal to the oracle | taken, not compared | refused or different | wanted |")
    print("|---|---|---|---|---|---|")
    failed = False
    for form, (valid, same, taken, bad) in counts.items():
        wanted = FORMATS[form][0]
        failed |= (same + taken) * 100 < valid * wanted
        print(f"| {form} | {valid} | {same} | {taken} | {bad} | {wanted} % |")
    sys.exit(failed)


if __name__ == "__main__":
    main()
