"""What is trained on, what decides and what measures: never a copy on two sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from relevance.errors import NoReadablePictureError, UsageError
from relevance.jobs.tune.collection import collected
from relevance.jobs.tune.looking import groups_of
from relevance.jobs.tune.material import read_material
from relevance.jobs.tune.splitting import HELD_OUT, LEFT_OUT, TRAINING, VALIDATION, split


@given(
    st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(0, 30)), min_size=1, max_size=60),
    st.integers(0, 3),
)
@settings(max_examples=60)
def test_groups_stay_together_and_untrained_texts_are_not_trained(pictures, seed):
    texts = [text for text, _ in pictures]
    _, first, group = np.unique(
        [number for _, number in pictures], return_index=True, return_inverse=True
    )
    groups = first[group]
    found = split(texts, groups, 0.2, seed, keep_texts=False)
    again = split(texts, groups, 0.2, seed, keep_texts=False)
    assert found.part.tolist() == again.part.tolist()
    for number in set(groups.tolist()):
        assert len({*found.part[groups == number].tolist()} - {LEFT_OUT}) <= 1
    trained = {texts[row] for row in found.rows(TRAINING)}
    assert not trained & set(found.untrained)


def test_every_text_is_on_every_side():
    texts = [word for word in "abcde" for _ in range(10)]
    found = split(texts, np.arange(50), 0.2, 0, keep_texts=False)
    assert found.untrained == ()  # fewer than six
    for number in range(5):
        own = found.part[10 * number : 10 * number + 10]
        assert np.bincount(own, minlength=3).tolist() == [6, 2, 2]


def test_a_sixth_of_many_texts_is_kept_out():
    texts = [word for word in "abcdefghijkl" for _ in range(8)]
    found = split(texts, np.arange(96), 0.2, 1, keep_texts=False)
    assert len(found.untrained) == 2
    for word in found.untrained:
        own = found.part[[text == word for text in texts]]
        assert np.bincount(own, minlength=4).tolist() == [0, 4, 4, 0]
    assert split(texts, np.arange(96), 0.2, 1, keep_texts=True).untrained == ()


def photo(seed, size=(120, 90)):
    """Something with a look of its own: smooth blobs."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture
def shop(tmp_path):
    """Three categories of 6 pictures; one of each is a near copy of one in the next folder."""
    kinds = ["red_shoes", "blue-hats", "bags"]
    for number, kind in enumerate(kinds):
        folder = tmp_path / kind
        folder.mkdir()
        for at in range(5):
            photo(10 * number + at).save(folder / f"{at}.png")
        photo(10 * ((number + 1) % 3)).resize((80, 60)).save(folder / "copy.jpg", quality=60)
    return tmp_path


def test_near_copies_are_found_and_stay_on_one_side(shop):
    (shop / "bags" / "broken.jpg").write_bytes(b"no picture")
    (shop / "Relevant").mkdir()
    photo(99).save(shop / "Relevant" / "x.png")
    material = read_material(shop, shop, 10**8, lambda advance: None)
    assert material.left_out == {"the folder Relevant names no thing": 1}
    assert [place.rsplit("/", 1)[1] for place, _ in material.skipped] == ["broken.jpg"]
    looks = [example.look for example in material.examples]
    assert len(set(groups_of(looks).tolist())) == 15  # of 18
    for seed in range(5):
        found = collected(material, None, 0.3, seed)
        side = {
            e.shown.rsplit("/", 2)[1:][0] + e.shown.rsplit("/", 1)[1]: part
            for e, part in zip(found.examples, found.part, strict=True)
        }
        assert side["bagscopy.jpg"] == side["red_shoes0.png"]
        assert side["red_shoescopy.jpg"] == side["blue-hats0.png"]
    assert found.trained == {"red shoes", "blue hats", "bags"}
    pairs = found.pairs(TRAINING, 260, 10**8)
    assert set(pairs.texts) == {f"a photo of {word}" for word in found.trained}
    assert pairs.read(0).mode == "RGB"
    assert len(found.rows(VALIDATION))
    assert len(found.rows(HELD_OUT))


def test_a_table_of_captions_leaves_out_what_describe_doubts(shop):
    table = shop / "captions.csv"
    table.write_text(
        "path,caption,status,reason,model\n"
        "bags/0.png,a brown bag,ok,,x\nbags/1.png,nonsense,doubtful,,x\n"
        "bags/2.png,,ok,,x\nbags/9.png,another bag,ok,,x\nbags/3.png,,skipped,,x\n"
    )
    material = read_material(table, shop, 10**8, lambda advance: None)
    assert [example.text for example in material.examples] == ["a brown bag"]
    assert material.is_table
    assert material.left_out == {
        "status “doubtful”": 1,
        "no caption": 1,
        "status “skipped”": 1,
    }
    assert len(material.skipped) == 1
    with pytest.raises(UsageError, match="fewer than two different texts"):
        collected(material, None, 0.2, 0)


def test_nothing_that_can_be_read(tmp_path):
    (tmp_path / "bags").mkdir()
    (tmp_path / "bags" / "x.jpg").write_bytes(b"nothing")
    with pytest.raises(NoReadablePictureError, match="could be read, of 1"):
        read_material(tmp_path, tmp_path, 10**8, lambda advance: None)
