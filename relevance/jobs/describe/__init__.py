"""Give pictures that have none a caption: tags by the encoder at hand, or a captioning model's."""
