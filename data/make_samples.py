"""Compose the sample pictures from photographic cut-outs.

Run ``python data/make_samples.py`` to make ``google_images/``, ``examples/`` and ``contents.csv``
again. Every picture has a seed of its own, taken from its name, so one picture can be changed
without disturbing the others, and the same library versions give the same pictures.
"""

import argparse
import csv
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from backdrops import SURFACES, Array, add_bowl
from cutouts import load_cutout, pose
from layouts import BOWL_RADIUS, LAYOUTS, Placement
from numpy.random import Generator
from PIL import Image, ImageChops, ImageFilter, ImageOps

DEFAULT_STAMPS = Path("/usr/share/tuxpaint/stamps/food")
GALLERY_SIZE = 8
QUALITY = 80
EXIF_ORIENTATION = 0x0112

# Product: the cut-outs that show it, relative to the stamps folder; what is named more often is
# drawn more often.
CUTOUTS: dict[str, tuple[str, ...]] = {
    "almonds": ("nuts/almond",),
    "apples": (
        "fruit/apple_fuji",
        "fruit/apple_granny_smith",
        "fruit/apple_green",
        "fruit/apple_red",
        "fruit/apple_sierra_beauty",
    ),
    "apricots": ("fruit/Apricot_whole", "fruit/apricot"),
    "avocados": ("fruit/avocado",),
    "broccoli": ("vegetables/broccoli",),
    "carrots": ("vegetables/carrot",),
    "cherries": ("fruit/Cherry_Stella",),
    "corn": ("vegetables/corn",),
    "garlic": (*("vegetables/garlic",) * 3, "vegetables/garlics"),
    "ginger": ("spices/ginger",),
    "grapes": ("fruit/grapes",),
    "kiwis": ("fruit/kiwi",),
    "lemons": ("fruit/lemon",),
    "mangoes": ("fruit/mango",),
    "mushrooms": ("vegetables/mushroom",),
    "onions": ("vegetables/onion",),
    "oranges": ("fruit/orange_seville", *("fruit/sliced_orange",) * 2, *("fruit/orange",) * 2),
    "peppers": ("vegetables/yellowpepper",),
    "pecans": ("nuts/pecan",),
    "pineapples": ("fruit/pineapple",),
    "potatoes": ("vegetables/potato",),
    "pumpkins": ("vegetables/pumpkin_small",),
    "raspberries": ("fruit/raspberry",),
    "strawberries": ("fruit/Strawberry2", "fruit/strawberry"),
    "tomatoes": ("vegetables/tomato",),
    "walnuts": ("nuts/walnut_shelled", *("nuts/walnut",) * 6),
}
CATEGORIES = (
    "almonds",
    "apples",
    "broccoli",
    "garlic",
    "lemons",
    "mushrooms",
    "oranges",
    "pecans",
    "strawberries",
    "walnuts",
)
RELEVANT = ("almonds",) * 12
IRRELEVANT = (
    *("pecans",) * 3,
    *("walnuts",) * 3,
    "ginger",
    "potatoes",
    "carrots",
    "tomatoes",
    "kiwis",
    "avocados",
    "cherries",
    "raspberries",
    "mangoes",
    "onions",
    "pumpkins",
    "apricots",
    "peppers",
    "corn",
    "grapes",
    "pineapples",
    "apples",
    "mushrooms",
)

# What suppliers send besides plain JPEG, by folder and place in it (counted from 0). "turned-6"
# and "turned-8" are JPEGs with that EXIF orientation, "png" is a cut-out without a background.
SPECIAL_KINDS: dict[str, dict[int, str]] = {
    "almonds": {2: "webp", 5: "png"},
    "apples": {1: "png", 6: "gif"},
    "broccoli": {4: "webp"},
    "garlic": {3: "png", 6: "turned-6"},
    "lemons": {0: "webp", 5: "cmyk"},
    "mushrooms": {4: "png"},
    "oranges": {2: "turned-8", 7: "webp"},
    "pecans": {1: "webp", 6: "png"},
    "strawberries": {3: "webp", 7: "png"},
    "walnuts": {0: "png", 5: "webp"},
    "Relevant": {1: "webp", 4: "png", 6: "turned-6", 8: "cmyk", 10: "gif"},
    "Irrelevant": {
        1: "png",
        4: "webp",
        6: "png",
        9: "webp",
        11: "turned-8",
        14: "cmyk",
        17: "gif",
        19: "webp",
        21: "png",
    },
}
SUFFIXES = {"webp": ".webp", "png": ".png", "gif": ".gif"}
FRAMES = ((448, 448), (512, 384), (384, 512), (592, 333), (560, 420), (420, 560))
PHONE_FRAME = (390, 520)  # held upright: the reason why its pixels are stored on their side
SMALL_FRAME = (400, 300)
SMALL_FORMATS = ("png", "gif", "cmyk")  # these pack photographs badly
CUTOUT_LAYOUTS = ("hero", "group", "scatter")  # those that need nothing to lie on


@dataclass(frozen=True)
class Shot:
    """One picture to be made; a row of contents.csv without the count."""

    path: str
    product: str
    layout: str
    background: str
    format: str


def seeded(key: str) -> Generator:
    """Return the random generator that belongs to ``key``, the same on every run."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]))


def plan_folder(folder: str, stems: list[str], products: tuple[str, ...]) -> Iterator[Shot]:
    """Give every picture of a folder a layout and a background, all of them used about equally."""
    name = Path(folder).name
    rng = seeded(f"plan {folder}")
    rounds = -(-len(products) // GALLERY_SIZE)
    layouts = np.concatenate([rng.permutation(list(LAYOUTS)) for _ in range(rounds)])
    surfaces = np.concatenate([rng.permutation(list(SURFACES)) for _ in range(rounds)])
    for index, (stem, product) in enumerate(zip(stems, products, strict=True)):
        kind = SPECIAL_KINDS[name].get(index, "jpeg")
        layout, background = str(layouts[index]), str(surfaces[index])
        if kind == "png":
            background = "transparent"
            if layout not in CUTOUT_LAYOUTS:
                layout = str(rng.choice(CUTOUT_LAYOUTS))
        path = f"{folder}/{stem}{SUFFIXES.get(kind, '.jpg')}"
        yield Shot(path, product, layout, background, kind)


def plan() -> Iterator[Shot]:
    """List all pictures."""
    for category in CATEGORIES:
        stems = [f"{category}-{number:02d}" for number in range(1, GALLERY_SIZE + 1)]
        yield from plan_folder(f"google_images/{category}", stems, (category,) * GALLERY_SIZE)
    # Both example folders draw from one lot of supplier names, which thus say nothing of the label.
    rng = seeded("supplier names")
    numbers = rng.choice(400, len(RELEVANT + IRRELEVANT), replace=False)
    stems = [f"supplier-{rng.choice(list('abcd'))}-{number:04d}" for number in numbers]
    yield from plan_folder("examples/Relevant", stems[: len(RELEVANT)], RELEVANT)
    yield from plan_folder("examples/Irrelevant", stems[len(RELEVANT) :], IRRELEVANT)


def overlay(canvas: Image.Image, layer: Image.Image, x: float, y: float) -> None:
    """Draw ``layer`` centred on a point of ``canvas``; what juts out is cut off."""
    whole = Image.new("RGBA", canvas.size)
    whole.paste(layer, (round(x - layer.width / 2), round(y - layer.height / 2)))
    canvas.alpha_composite(whole)


def shadow_of(item: Image.Image, blur: float, opacity: float) -> Image.Image:
    """Return the item's blurred outline in a warm near-black."""
    margin = round(blur * 3)
    outline = ImageOps.expand(item.getchannel("A"), margin).filter(ImageFilter.GaussianBlur(blur))
    shadow = Image.new("RGBA", outline.size, (22, 17, 14, 0))
    shadow.putalpha(outline.point(lambda value: round(value * opacity)))
    return shadow


def draw_item(canvas: Image.Image, item: Image.Image, place: Placement, slant: float) -> None:
    """Draw an item over a narrow contact shadow and a wide soft one, or it would seem to float."""
    size = place.size
    overlay(
        canvas,
        shadow_of(item, size * 0.10, 0.38),
        place.x + slant * size * 0.10,
        place.y + size * 0.10,
    )
    overlay(
        canvas,
        shadow_of(item, size * 0.025, 0.55),
        place.x + slant * size * 0.03,
        place.y + size * 0.03,
    )
    overlay(canvas, item, place.x, place.y)


def paint_surface(shot: Shot, width: int, height: int, rng: Generator) -> Image.Image:
    """Return the canvas before any product lies on it."""
    if shot.background == "transparent":
        return Image.new("RGBA", (width, height))
    surface = SURFACES[shot.background](height, width, rng)
    if shot.layout == "bowl":
        surface = add_bowl(surface, min(width, height) * BOWL_RADIUS, rng)
    return to_image(surface).convert("RGBA")


def to_image(values: Array) -> Image.Image:
    """Turn values from 0 to 1 into an RGB picture."""
    return Image.fromarray((values.clip(0, 1) * 255).round().astype(np.uint8))


def expose(picture: Image.Image, slant: float, rng: Generator) -> Image.Image:
    """Add what a camera adds: uneven light, darker corners, white balance and sensor noise."""
    width, height = picture.size
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    vignette = rng.uniform(0.03, 0.10) * (down**2 + across**2)
    light = 1 - 0.05 * down - 0.06 * slant * across - vignette
    noise = 1 + rng.normal(0, 0.006, (height, width))
    pixels = np.asarray(picture, dtype=np.float64) / 255
    return to_image(pixels * (light * noise)[..., None] * rng.normal(1, 0.012, 3))


def choose_frame(shot: Shot, rng: Generator) -> tuple[int, int]:
    """Pick the picture's size: what its format calls for, or any."""
    if shot.format.startswith("turned"):
        return PHONE_FRAME
    if shot.format in SMALL_FORMATS:
        return SMALL_FRAME
    return FRAMES[rng.integers(len(FRAMES))]


def compose(shot: Shot, stamps: Path) -> tuple[Image.Image, int]:
    """Make the picture, upright, and count its items."""
    rng = seeded(shot.path)
    width, height = choose_frame(shot, rng)
    slant = float(rng.choice([-1, 1]) * rng.uniform(0.3, 1))
    canvas = paint_surface(shot, width, height, rng)
    placements = LAYOUTS[shot.layout](width, height, rng)
    for placement in placements:
        name = str(rng.choice(CUTOUTS[shot.product]))
        item = pose(load_cutout(stamps / f"{name}.png"), placement, rng)
        if shot.background == "transparent":
            overlay(canvas, item, placement.x, placement.y)
        else:
            draw_item(canvas, item, placement, slant)
    if shot.background != "transparent":
        canvas = expose(canvas.convert("RGB"), slant, rng)
    return canvas, len(placements)


def to_cmyk(picture: Image.Image) -> Image.Image:
    """Separate for print, with the greys partly in black ink (Pillow alone leaves black empty)."""
    inks = [ImageOps.invert(channel) for channel in picture.split()]
    black = ImageChops.darker(ImageChops.darker(inks[0], inks[1]), inks[2])
    black = black.point(lambda value: value // 2)
    key = np.asarray(black, dtype=np.float64)
    coloured = [(np.asarray(ink) - key) / (255 - key) * 255 for ink in inks]
    channels = [Image.fromarray(ink.round().astype(np.uint8)) for ink in coloured]
    return Image.merge("CMYK", [*channels, black])


def save(picture: Image.Image, path: Path, kind: str) -> None:
    """Write the picture in the format that ``kind`` names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "png":
        picture.save(path, optimize=True)
    elif kind == "webp":
        picture.save(path, quality=QUALITY, method=6)
    elif kind == "gif":
        picture.quantize(128, Image.Quantize.MEDIANCUT).save(path, optimize=True)
    elif kind == "cmyk":
        to_cmyk(picture).save(path, quality=QUALITY)
    elif kind.startswith("turned"):
        save_turned(picture, path, orientation=int(kind[-1]))
    else:
        picture.save(path, quality=QUALITY, optimize=True)


def save_turned(picture: Image.Image, path: Path, orientation: int) -> None:
    """Store the pixels on their side and say in EXIF how to set them upright, as phones do."""
    undo = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    picture.transpose(undo[orientation]).save(path, quality=QUALITY, exif=exif)


def check_stamps(stamps: Path) -> None:
    """Stop with advice if a cut-out is missing."""
    missing = [
        name
        for names in CUTOUTS.values()
        for name in names
        if not (stamps / f"{name}.png").is_file()
    ]
    if missing:
        sys.exit(
            f"error: {stamps}/{missing[0]}.png is missing. Install the cut-outs with "
            "'apt install tuxpaint-stamps-default', or name their folder with --stamps."
        )


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Compose the sample pictures.")
    parser.add_argument(
        "--stamps",
        type=Path,
        default=DEFAULT_STAMPS,
        help="folder with the cut-outs (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).parent,
        help="folder to write to (default: the one this script is in)",
    )
    return parser.parse_args()


def main() -> None:
    """Make all pictures and the table that says what they show."""
    arguments = parse_arguments()
    check_stamps(arguments.stamps)
    rows, size = [], 0
    for shot in plan():
        picture, count = compose(shot, arguments.stamps)
        path = arguments.output / shot.path
        save(picture, path, shot.format)
        size += path.stat().st_size
        rows.append({**asdict(shot), "count": count})
    with (arguments.output / "contents.csv").open("w", newline="", encoding="utf-8") as file:
        columns = [field.name for field in fields(Shot)]
        writer = csv.DictWriter(file, [*columns, "count"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"Wrote {len(rows)} pictures, {size / 1e6:.1f} MB, to {arguments.output}")


if __name__ == "__main__":
    main()
