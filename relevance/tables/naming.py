"""Which column of a table holds what: the one that is named, or one with a usual name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from relevance.errors import UsageError
from relevance.system.finding import nearest
from relevance.system.names import printable

IMAGE_NAMES = (
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
CAPTION_NAMES = (
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


def column_of(
    names: Sequence[str], asked: str | None, usual: Sequence[str], option: str
) -> str | None:
    """Return the column that was asked for, or else the one with the most usual name.

    Args:
        names: The table's columns.
        asked: Column that was named, if one was.
        usual: Names in lower case with spaces, the most usual first.
        option: What names the column, for messages.

    Raises:
        UsageError: There is no such column, or it is there twice.
    """
    found = _asked(names, asked, option) if asked is not None else _guess(names, usual)
    if found is not None and list(names).count(found) > 1:
        raise UsageError(f"Two columns are called {listing([found])}; rename one.")
    return found


def unnumbered(words: str) -> str:
    """Return words without a number at their end."""
    return words.rstrip("0123456789").rstrip()


def _asked(names: Sequence[str], asked: str, option: str) -> str:
    if asked in names:
        return asked
    near = nearest(asked, [name for name in names if isinstance(name, str)])
    hint = f" Did you mean {listing([near])}?" if near else ""
    raise UsageError(
        f'There is no column "{printable(asked)}" ({option}).{hint} '
        f"The table has: {listing(names)}."
    )


def _guess(names: Sequence[str], usual: Sequence[str]) -> str | None:
    """Return the column with the most usual name, if one has such a name; else a numbered one."""
    for form in (words_of, lambda name: unnumbered(words_of(name))):
        plain = {form(name): name for name in names[::-1]}
        found = next((plain[name] for name in usual if name in plain), None)
        if found is not None:
            return found
    return None


def words_of(name: str) -> str:
    """Write a name in lower case with spaces; a DataFrame's may be a number.

    ``imageURL`` is two words as ``image_url`` is, and accents are part of their letters.
    """
    plain = unicodedata.normalize("NFC", str(name))
    return " ".join(re.split(r"[\W_]+", _CAMEL.sub(" ", plain).casefold())).strip()


def listing(names: Sequence[str]) -> str:
    """Show names of columns, not too many of them."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    listed = ", ".join(f'"{printable(str(name))}"' for name in names[:_LISTED])
    return listed + more if names else "no columns"


def is_headless(names: Sequence[str]) -> bool:
    """Say whether the names of columns seem to be a row of data."""
    return any(_LIKE_A_CELL.search(str(name)) for name in names)
