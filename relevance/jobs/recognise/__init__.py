"""``relevance recognise``: say which known type a picture shows, if any."""
