"""Write captions.csv: each sample picture with a caption made from contents.csv.

In every group of eight pictures the fifth gets the caption of another product, as happens in
suppliers' tables; the column ``fits`` tells.
"""

import csv
from pathlib import Path

HERE = Path(__file__).parent
ONE = {
    "almonds": "an almond",
    "apples": "an apple",
    "broccoli": "a head of broccoli",
    "garlic": "a bulb of garlic",
    "lemons": "a lemon",
    "mushrooms": "a mushroom",
    "oranges": "an orange",
    "pecans": "a pecan",
    "strawberries": "a strawberry",
    "walnuts": "a walnut",
}
LAYOUTS = {
    "fill": "{product} side by side, filling {ground}",
    "heap": "A heap of {product} on {ground}",
    "hero": "Close-up of {one} on {ground}",
    "scatter": "{product} scattered on {ground}",
    "group": "A few {product} on {ground}",
    "grid": "{product} in neat rows on {ground}",
    "ring": "{product} arranged in a ring on {ground}",
    "bowl": "A bowl of {product} on {ground}",
}
GROUNDS = {
    "wood": "a wooden table",
    "steel": "a steel tray",
    "kraft": "brown paper",
    "marble": "a marble top",
    "slate": "dark slate",
    "transparent": "a plain ground",
    "pastel": "a pastel ground",
    "linen": "a linen cloth",
    "sweep": "a white studio ground",
}
GROUP, WRONG, SHIFT = 8, 4, 3


def main() -> None:
    """Write the table."""
    with (HERE / "contents.csv").open(newline="") as stream:
        pictures = list(csv.DictReader(stream))
    products = sorted({picture["product"] for picture in pictures})
    with (HERE / "captions.csv").open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["image", "caption", "fits"])
        for number, picture in enumerate(pictures):
            fits = number % GROUP != WRONG
            product = picture["product"]
            if not fits:
                product = products[(products.index(product) + SHIFT) % len(products)]
            named = ONE.get(product, f"one of the {product}")
            text = LAYOUTS[picture["layout"]].format(
                product=product, one=named, ground=GROUNDS[picture["background"]]
            )
            writer.writerow([picture["path"], text[0].upper() + text[1:], "yes" if fits else "no"])


if __name__ == "__main__":
    main()
