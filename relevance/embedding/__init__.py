"""Pictures, texts, an encoder and the cache -> embeddings."""
