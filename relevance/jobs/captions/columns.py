"""Which columns of a table hold pictures and captions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from relevance.errors import UsageError
from relevance.system.finding import nearest
from relevance.system.names import printable

ADDED = ("similarity", "clip_score", "status", "reason")
"""Columns that scoring adds, without the prefix that a caller may want."""

_IMAGE_NAMES = (
    *("image", "image url", "image path", "image link", "image file", "image name", "image src"),
    *("main image url", "main image", "base image", "base image url", "primary image"),
    *("primary image url", "featured image", "featured image url", "default image", "cover image"),
    *("product image", "product image url", "variant image", "product image file"),
    *("images", "image urls", "image urls x y z", "images url", "image links", "product images"),
    *("image1", "image 1", "image 1 url", "image url 1"),
    *("item photo url", "pic url", "picurl", "pictureurl", "imageurl", "image location"),
    *("gallery image", "additional images", "additional image link", "small image"),
    *("thumbnail image", "thumbnail", "thumbnail url", "hauptbild"),
    *("img", "img url", "img path", "img src", "imgurl", "pic", "pics", "picture", "picture url"),
    *("pictures", "photo", "photo url", "photos", "photo path", "media url", "media"),
    *("bild url", "bild", "bilder", "bilddatei", "bildlink", "bildpfad", "produktbild", "foto url"),
    *("foto", "fotos", "image produit", "url image", "url de l image", "lien image", "imagen"),
    *("url imagen", "imagenes", "imágenes", "immagine", "immagini", "url immagine", "imagem"),
    *("imagens", "url imagem", "afbeelding", "afbeeldingen", "obrázek", "zdjęcie", "zdjęcia"),
    *("изображение", "фото", "картинка", "画像", "图片", "圖片", "主图"),
    *("filepath", "file path", "file", "filename", "file name", "path", "url", "link", "src"),
)
_CAPTION_NAMES = (
    *("caption", "captions", "title", "text", "product title", "product name", "item name"),
    *("item title", "image caption", "short title", "post title"),
    *("description", "product description", "short description", "body html", "body"),
    *("long description", "image alt text", "image alt", "alt", "alt text", "prompt", "sentence"),
    *("titel", "titre", "título", "titolo", "produktname", "artikelname", "artikelbezeichnung"),
    *("produkttitel", "bezeichnung", "beschreibung", "bildunterschrift", "kurzbeschreibung"),
    *("légende", "nom du produit", "nombre del producto", "nome prodotto", "nome do produto"),
    *("descripción", "descrizione", "descrição", "beschrijving", "název", "nazwa", "opis"),
    *("название", "наименование", "описание", "タイトル", "商品名", "标题", "標題", "商品名称"),
    *("label", "name", "nombre", "nom", "nome", "naam"),
)
_LISTED = 12
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LIKE_A_CELL = re.compile(r"://|\.(jpe?g|png|webp|gif|avif)$", re.IGNORECASE)


class Columns(NamedTuple):
    """Where pictures and captions are, and a sentence that says so."""

    image: str
    caption: str
    note: str


def choose_columns(
    names: Sequence[str], image: str | None, caption: str | None, prefix: str = ""
) -> Columns:
    """Take the columns that were asked for, or those with the most usual names.

    Args:
        names: The table's columns.
        image: Column of pictures, if it was named.
        caption: Column of captions, if it was named.
        prefix: What the names of added columns begin with.

    Raises:
        UsageError: There is no such column, it is there twice, nothing looks like one, or the table
            has a column already that would be added.
    """
    taken = [prefix + name for name in ADDED if prefix + name in names]
    if taken:
        raise UsageError(
            f'The table has a column "{taken[0]}" already, which would be added; '
            "put something else in front of the added names, for example --prefix fit_."
        )
    chosen_image = _column(names, image, _IMAGE_NAMES, "--image-column")
    chosen_caption = _column(names, caption, _CAPTION_NAMES, "--caption-column")
    if chosen_image is None or chosen_caption is None:
        raise UsageError(
            _unknown(names, no_image=chosen_image is None, no_caption=chosen_caption is None)
        )
    if chosen_image == chosen_caption:
        raise UsageError(
            f'"{printable(str(chosen_image))}" cannot hold both pictures and captions.'
        )
    guessed = [
        option
        for option, asked in (("--image-column", image), ("--caption-column", caption))
        if asked is None
    ]
    note = f", guessed from the names ({' and '.join(guessed)} would set)" if guessed else ""
    others = _others(names, chosen_image) if image is None else []
    more = f" Not scored: {_listing(others)}." if others else ""
    return Columns(
        chosen_image,
        chosen_caption,
        f"Pictures: column {_listing([chosen_image])}. "
        f"Captions: column {_listing([chosen_caption])}{note}.{more}",
    )


def _column(
    names: Sequence[str], asked: str | None, usual: Sequence[str], option: str
) -> str | None:
    found = _asked(names, asked, option) if asked is not None else _guess(names, usual)
    if found is not None and list(names).count(found) > 1:
        raise UsageError(f"Two columns are called {_listing([found])}; rename one.")
    return found


def _unknown(names: Sequence[str], *, no_image: bool, no_caption: bool) -> str:
    """Say what could not be guessed, and why that may be."""
    missing = [
        *([("pictures", "--image-column")] if no_image else []),
        *([("captions", "--caption-column")] if no_caption else []),
    ]
    whats, options = (" and ".join(words) for words in zip(*missing, strict=True))
    headless = any(_LIKE_A_CELL.search(str(name)) for name in names)
    hint = " Is that a row of data? The first line must hold names." if headless else ""
    return (
        f"No column looks like one of {whats}; name it with {options}. The table has: "
        f"{_listing(names)}.{hint}"
    )


def _others(names: Sequence[str], chosen: str) -> list[str]:
    """Return further columns that seem to hold pictures: image 2, image 3."""
    usual = set(map(_unnumbered, _IMAGE_NAMES))
    return [name for name in names if name != chosen and _unnumbered(_words(name)) in usual]


def _unnumbered(words: str) -> str:
    return words.rstrip("0123456789").rstrip()


def _asked(names: Sequence[str], asked: str, option: str) -> str:
    if asked in names:
        return asked
    near = nearest(asked, [name for name in names if isinstance(name, str)])
    hint = f" Did you mean {_listing([near])}?" if near else ""
    raise UsageError(
        f'There is no column "{printable(asked)}" ({option}).{hint} '
        f"The table has: {_listing(names)}."
    )


def _guess(names: Sequence[str], usual: Sequence[str]) -> str | None:
    """Return the column with the most usual name, if one has such a name; else a numbered one."""
    for form in (_words, lambda name: _unnumbered(_words(name))):
        plain = {form(name): name for name in names[::-1]}
        found = next((plain[name] for name in usual if name in plain), None)
        if found is not None:
            return found
    return None


def _words(name: str) -> str:
    """Write a name in lower case with spaces; a DataFrame's may be a number.

    ``imageURL`` is two words as ``image_url`` is, and accents are part of their letters.
    """
    plain = unicodedata.normalize("NFC", str(name))
    return " ".join(re.split(r"[\W_]+", _CAMEL.sub(" ", plain).casefold())).strip()


def _listing(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    listed = ", ".join(f'"{printable(str(name))}"' for name in names[:_LISTED])
    return listed + more if names else "no columns"
