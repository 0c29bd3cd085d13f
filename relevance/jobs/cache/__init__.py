"""Look at or clean the store of embeddings."""
