"""What a type checker is to find: a slip in each line."""

import relevance

relevance.score("almonds", "pictures", treshold=0.4)
relevance.score("almonds", "pictures", threshold="high")
relevance.score("almonds", "pictures", progress=True)
relevance.load_encoder(precision=8)
relevance.scores("almonds", "pictures")
relevance.score("almonds", "pictures").to_html(3)
