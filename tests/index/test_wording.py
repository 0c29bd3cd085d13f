"""Texts that servers take, and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relevance.index.stores.wording import restored, storable

everything = st.text(st.characters(codec=None) | st.sampled_from("\x00\ud800\udfff\ufdd00d8a"))


@given(everything)
def test_any_text_comes_back_and_is_clean_meanwhile(text):
    clean = storable(text)
    assert "\x00" not in clean
    assert clean.encode("utf-8").decode("utf-8") == clean
    assert restored(clean) == text


@given(everything, everything)
def test_different_texts_stay_different(one, other):
    assert (storable(one) == storable(other)) == (one == other)


def test_usual_names_are_left_alone():
    assert storable("Nüsse/mandel 1.jpg") == "Nüsse/mandel 1.jpg"
    assert storable("caf\udce9.png") == "caf\ufdd0dce9.png"
