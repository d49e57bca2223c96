"""Compares effects and colour conversion with independent implementations (numpy formulas, Pillow, Little CMS).

    cargo build --release --example oracle
    python tests/oracle/effects.py [path of the built example]      # needs numpy and pillow

Prints one line a check: the largest and the mean difference in 8-bit steps, and the bound. Exit code 1 past a bound.
"""

import io
import struct
import subprocess
import sys

import numpy as np
from PIL import Image, ImageCms, ImageFilter

TOOL = sys.argv[1] if len(sys.argv) > 1 else "target/release/examples/oracle"
failed = False


def run(pixels, *args):
    """One picture (height, width, channels) through a step."""
    h, w, c = pixels.shape
    record = struct.pack("<3I", w, h, c) + pixels.tobytes()
    out = subprocess.run([TOOL, *map(str, args)], input=record, capture_output=True, check=True).stdout
    w, h, c = struct.unpack("<3I", out[:12])
    return np.frombuffer(out[12:], np.uint8).reshape(h, w, c)


def check(name, got, want, worst, mean=None):
    global failed
    off = np.abs(got.astype(float) - want.astype(float))
    ok = got.shape == want.shape and off.max() <= worst and (mean is None or off.mean() <= mean)
    failed |= not ok
    print(f"{'ok  ' if ok else 'FAIL'} {name}: max {off.max():.2f} (≤ {worst}), mean {off.mean():.4f}")


def picture(channels, w=211, h=157):
    """Smooth colour with an edge and noise."""
    rng = np.random.default_rng(channels)
    y, x = np.mgrid[0:h, 0:w]
    waves = [np.sin(x / (9 + 4 * c)) * np.cos(y / (7 + 3 * c)) * 90 + 128 for c in range(channels)]
    px = np.stack(waves, -1) + (x > w // 2)[..., None] * 40 + rng.normal(0, 8, (h, w, channels))
    return px.clip(0, 255).astype(np.uint8)


def orientations():
    flips = {
        1: lambda p: p, 2: lambda p: p[:, ::-1], 3: lambda p: p[::-1, ::-1], 4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, 2), 6: lambda p: np.rot90(p, -1),
        7: lambda p: np.rot90(p, 2).transpose(1, 0, 2), 8: lambda p: np.rot90(p),
    }  # fmt: skip
    for o, flip in flips.items():
        for c in (1, 3, 4):
            check(f"orientation {o}, {c} channels", run(picture(c), "orient", o), flip(picture(c)), 0)


def srgb_to_linear(v):
    v = v / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(v):
    return 255 * np.where(v <= 0.0031308, v * 12.92, 1.055 * np.maximum(v, 0) ** (1 / 2.4) - 0.055)


def effects():
    rgb, rgba = picture(3), picture(4)
    y = srgb_to_linear(rgb.astype(float)) @ [0.2126, 0.7152, 0.0722]
    check("grayscale", run(rgb, "grayscale"), linear_to_srgb(y)[..., None], 0.6)
    a = rgba[..., 3:] / 255
    flat = rgba[..., :3] * a + np.array([10, 120, 250]) * (1 - a)
    check("flatten", run(rgba, "flatten", 10, 120, 250), flat, 0.51)
    for b, c, s in [(30, 0, 0), (-30, 40, 0), (0, -50, 80), (10, 20, -100)]:
        v = np.floor((rgb * (1 + b / 100) - 127.5) * (1 + c / 100) + 128).clip(0, 255)
        luma = (v @ [0.2126, 0.7152, 0.0722])[..., None]
        want = (luma + (v - luma) * (1 + s / 100)).clip(0, 255)
        check(f"brightness {b} contrast {c} saturation {s}", run(rgb, "adjust", b, c, s), want, 0.51)


def gaussian(px, sigma):
    r = int(np.ceil(6 * sigma))
    k = np.exp(-0.5 * (np.arange(-r, r + 1) / sigma) ** 2)
    k /= k.sum()
    f = px.astype(float)
    for axis in (0, 1):
        pad = [(r, r) if i == axis else (0, 0) for i in range(3)]
        f = np.apply_along_axis(lambda v: np.convolve(v, k, "valid"), axis, np.pad(f, pad, "edge"))
    return f


def blurs():
    for sigma in (0.5, 1, 2.5, 4, 5, 12, 40):
        want = gaussian(picture(3), sigma)
        check(f"blur {sigma}", run(picture(3), "blur", sigma), want, 1.9 if sigma <= 4 else 3.6, 0.7)
    grey = picture(1)
    soft = gaussian(grey, 1.0).round()
    want = (grey + (grey - soft)).clip(0, 255)
    check("sharpen 50", run(grey, "sharpen", 50), want, 1.6)
    own = Image.fromarray(grey[..., 0]).filter(ImageFilter.GaussianBlur(5))
    inner = np.s_[20:-20, 20:-20]  # Pillow continues edges differently
    check("blur 5 against Pillow's", run(grey, "blur", 5)[..., 0][inner], np.asarray(own)[inner], 3, 0.8)


def colours():
    """Against Little CMS through Pillow."""
    # As version 2: Little CMS compensates the black point by itself when version 4 is about; libvips and we don't.
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    raw[8] = 2
    srgb = ImageCms.getOpenProfile(io.BytesIO(bytes(raw)))
    for path in sys.argv[2:]:
        profile = ImageCms.getOpenProfile(path)
        mode = {"RGB ": "RGB", "CMYK": "CMYK", "GRAY": "L"}[profile.profile.xcolor_space]
        px = picture({"RGB": 3, "CMYK": 4, "L": 1}[mode])
        image = Image.fromarray(px[..., 0] if mode == "L" else px, mode)
        out = "L" if mode == "L" else "RGB"
        if mode == "L":
            image = ImageCms.profileToProfile(image, profile, srgb, renderingIntent=0, outputMode="RGB").convert("L")
        else:
            image = ImageCms.profileToProfile(image, profile, srgb, renderingIntent=0, outputMode=out)
        want = np.asarray(image).reshape(px.shape[0], px.shape[1], -1)
        got = run(px, "icc", path, *(["cmyk"] if mode == "CMYK" else []))
        check(f"{mode} {path.rsplit('/', 1)[-1]} {profile.profile.profile_description}", got, want, 6, 1.0)


orientations()
effects()
blurs()
colours()
sys.exit(failed)
