"""The gallery of a page: a threshold over a histogram, cards, the opened view, marks and lists."""
