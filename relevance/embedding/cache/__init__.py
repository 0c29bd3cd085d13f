"""Embedding cache: what was encoded once is not encoded, or even read, again.

An SQLite database (WAL, so several processes may share it) with two steps. Path, size and time of
change lead to the hash of a file's content, so an unchanged file is not opened; hash and encoder
fingerprint lead to the vector, so a copied, moved or renamed picture is not encoded.
"""

from relevance.embedding.cache.accelerator import opened
from relevance.embedding.cache.care import Contents, Pruned, clear, inspect, prune
from relevance.embedding.cache.database import open_cache
from relevance.embedding.cache.files import FileFacts, content_digest, digest_of
from relevance.embedding.cache.thumbnails import Thumbnails
from relevance.embedding.cache.view import EncoderView, Picture

__all__ = [
    "Contents",
    "EncoderView",
    "FileFacts",
    "Picture",
    "Pruned",
    "Thumbnails",
    "clear",
    "content_digest",
    "digest_of",
    "inspect",
    "open_cache",
    "opened",
    "prune",
]
