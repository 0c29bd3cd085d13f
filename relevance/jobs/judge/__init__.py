"""``judge``: a stream of pictures in, a stream of judgements out."""
