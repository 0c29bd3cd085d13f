"""Building blocks of HTML pages: base template, theme, charts, thumbnails, wording."""
