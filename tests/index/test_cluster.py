"""Encoding on a real Ray cluster of two nodes, whose nodes, workers and drivers are killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import relevance
from relevance.embedding.fetched import Outcome
from relevance.errors import ClusterError, UsageError
from relevance.index.cluster import embed_pictures
from relevance.index.cluster.encoding import ClusterEncoder
from relevance.index.cluster.pool import Pool, connected
from relevance.index.cluster.shards import Shards
from relevance.index.cluster.worker import Recipe
from relevance.index.source import wanted_at

ray = pytest.importorskip("ray")

COUNT = 160
_MEMORY = 1_000_000_000  # of each node's object store: with less Ray hangs without a word


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one processor; Ray is not connected."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "object_store_memory": _MEMORY, "include_dashboard": False},
    )
    made.add_node(num_cpus=1, object_store_memory=_MEMORY)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Different pictures, a broken one and a copy."""
    folder = tmp_path_factory.mktemp("cluster") / "shop"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(COUNT):
        noise = rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{number:03d}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    shutil.copy2(folder / "000.png", folder / "copy.png")
    return folder


@pytest.fixture(scope="module")
def alone(shop, tmp_path_factory):
    """What one machine makes of them: vectors by path."""
    with relevance.Index.create(tmp_path_factory.mktemp("alone") / "i", model="compact") as index:
        index.add(shop)
        return vectors(index)


def vectors(index):
    return {
        row.path: vector
        for batch in index.batches()
        for row, vector in zip(batch.rows, batch.vectors, strict=True)
    }


def check(found, alone):
    assert found.keys() == alone.keys()
    for path, vector in found.items():
        np.testing.assert_array_equal(vector, alone[path], err_msg=path)


def test_samples_are_encoded_as_on_one_machine(cluster, samples, tmp_path):
    with relevance.Index.create(tmp_path / "one", model="compact", cache=False) as index:
        index.add(samples / "google_images")
        expected = vectors(index)
    with relevance.Index.create(tmp_path / "many", model="compact", cache=False) as index:
        index.cluster = cluster.address
        changes = index.add(samples / "google_images")
        check(vectors(index), expected)
        assert (changes.added, changes.from_cache) == (80, 0)
        again = index.add()
        assert (again.added, again.kept) == (0, 80)


def test_a_node_that_is_killed_in_the_middle_loses_nothing(cluster, shop, alone, tmp_path):
    node = cluster.add_node(num_cpus=1, object_store_memory=_MEMORY)
    with relevance.Index.create(tmp_path / "i", model="compact", cache=False) as index:
        index.cluster = cluster.address
        with ClusterEncoder.on(cluster.address, index.encoder().info, index._settings) as workers:
            wanted = [wanted_at(path) for path in alone]
            tasks = [(wanted[at : at + 16], [b""] * 16) for at in range(0, len(wanted), 16)]
            tasks = [(items, digests[: len(items)]) for items, digests in tasks]
            found, is_killed = {}, False
            for number, report in workers.pool.run(tasks):
                for item, outcome in zip(tasks[number][0], report.outcomes, strict=True):
                    found[item.row.path] = outcome.vector.astype(np.float16)
                if not is_killed and len(workers.pool._busy) == 2:  # besides the one that is done
                    cluster.remove_node(node, allow_graceful=False)
                    is_killed = True
            assert is_killed
            assert workers.pool.lost >= 1
    check(found, alone)


def test_a_worker_that_dies_loses_nothing(cluster, shop):
    with connected(cluster.address) as connection:
        recipe = _recipe()
        pool = Pool(connection, recipe)
        wanted = [wanted_at(str(path)) for path in sorted(shop.glob("0*.png"))[:32]]
        tasks = [(wanted[at : at + 8], [b""] * 8) for at in range(0, 32, 8)]
        reports = {}
        for number, report in pool.run(tasks):
            reports[number] = report
            if len(reports) == 1:
                (worker, _), *_ = pool._busy.values()
                connection.kill(worker)
        assert pool.lost == 1
        assert sorted(reports) == [0, 1, 2, 3]
        assert all(len(report.outcomes) == 8 for report in reports.values())
        pool.close()


def _recipe(**changes):
    info = relevance.load_encoder("compact").info
    plain = Recipe("compact", info.precision, "auto", 10**8, info.fingerprint)
    return replace(plain, **changes)


def test_another_encoder_on_a_machine_is_told(cluster, shop):
    with connected(cluster.address) as connection:
        pool = Pool(connection, _recipe(fingerprint="0" * 32))
        with pytest.raises(ClusterError, match="install the same version"):
            list(pool.run([([wanted_at(str(shop / "000.png"))], [b""])]))
        pool.close()


def test_a_machine_without_the_program_is_told_at_once(cluster, shop, tmp_path, monkeypatch):
    code = "from relevance.index.cluster.worker import Worker\nclass Absent(Worker): pass\n"
    (tmp_path / "only_here.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    import only_here

    monkeypatch.setattr("relevance.index.cluster.pool.Worker", only_here.Absent)
    with connected(cluster.address) as connection:
        pool = Pool(connection, _recipe())
        with pytest.raises(ClusterError, match=r"No module named 'only_here'.*on every machine"):
            list(pool.run([([wanted_at(str(shop / "000.png"))], [b""])]))
        assert pool.lost == 0
        pool.close()


_DRIVER = """
import sys
from relevance.index.cluster import embed_pictures
from pathlib import Path
import relevance.index.cluster.embedding as embedding
embedding._ROWS = 64
places = sorted(Path(sys.argv[1]).glob("*.png"))
embed_pictures(places, sys.argv[2], model="compact", address=sys.argv[3])
"""


def test_a_killed_driver_goes_on_where_it_was(cluster, shop, alone, tmp_path):
    import pyarrow.parquet as pq

    target = tmp_path / "shards"
    command = [sys.executable, "-c", _DRIVER, str(shop), str(target), cluster.address]
    process = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 60
    while len(list(target.glob("part-*.parquet"))) < 2:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    whole = {file: file.read_bytes() for file in target.glob("part-*.parquet")}
    n_before = sum(pq.read_metadata(file).num_rows for file in whole)
    assert 0 < n_before < COUNT
    told = []
    files = embed_pictures(
        sorted(shop.glob("*.png")),
        target,
        model="compact",
        address=cluster.address,
        progress=told.append,
    )
    assert all(file.read_bytes() == content for file, content in whole.items())
    assert told[-1].cached == n_before
    table = pq.read_table(target).to_pydict()
    assert len(table["path"]) == len(set(table["path"])) == COUNT + 2
    rows = dict(zip(table["path"], zip(table["vector"], table["reason"], strict=True), strict=True))
    vector, reason = rows.pop(str(shop / "broken.png"))
    assert vector is None
    assert reason
    check({path: np.array(v, np.float16) for path, (v, _) in rows.items()}, alone)
    assert files == sorted(target.glob("part-*.parquet"))


def test_shards_of_another_encoder_are_refused(cluster, shop, tmp_path):
    info = relevance.load_encoder("compact").info
    Shards(tmp_path / "s", replace(info, fingerprint="1" * 32)).write(
        ["x"], [Outcome(reason="none")]
    )
    with pytest.raises(UsageError, match="made with another encoder"):
        embed_pictures([shop / "000.png"], tmp_path / "s", model="compact", address="local")


def test_a_file_is_never_written_over_though_one_before_it_was_removed(tmp_path):
    shards = Shards(tmp_path, relevance.load_encoder("compact").info)
    for name in "abc":
        shards.write([name], [Outcome(reason="none")])
    shards.files[0].unlink()
    shards = Shards(tmp_path, relevance.load_encoder("compact").info)
    shards.write(["d"], [Outcome(reason="none")])
    again = Shards(tmp_path, relevance.load_encoder("compact").info)
    assert [name in again for name in "abcd"] == [False, True, True, True]


@pytest.mark.parametrize("content", [b"", b"torn", b"PAR1" * 20], ids=["empty", "torn", "marks"])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "part-00000.parquet").write_bytes(content)
    with pytest.raises(UsageError, match=r"part-00000\.parquet cannot be read .* remove it"):
        Shards(tmp_path, relevance.load_encoder("compact").info)


_INDEXER = """
import sys
import relevance
import relevance.index.cluster.encoding as encoding
import relevance.index.source as source
source._BATCH = encoding._LEAST = 32
encoding._ROUNDS, encoding.ROWS = 1, 8
with relevance.Index.create(sys.argv[2], model="compact", cache=False) as index:
    index.cluster = sys.argv[3]
    index.add(sys.argv[1], progress=lambda advance: print(advance.done, flush=True))
"""


def test_an_index_keeps_what_a_killed_run_has_told(cluster, shop, alone, tmp_path):
    command = [sys.executable, "-c", _INDEXER, str(shop), str(tmp_path / "i"), cluster.address]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True)
    told = 0
    while told < COUNT // 4:
        told = int(process.stdout.readline())  # an empty line, of a run that failed, is no number
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    with relevance.Index.open(tmp_path / "i", cache=False) as index:
        kept = vectors(index)
        assert told - 1 <= len(kept) < COUNT  # the broken one is told, and no row
        check(kept, {path: alone[path] for path in kept})
        index.cluster = cluster.address
        changes = index.add()
        assert (changes.kept, changes.added) == (len(kept), COUNT + 1 - len(kept))
        assert [path for path, _, _ in changes.skipped] == [str(shop / "broken.png")]
        check(vectors(index), alone)


_STRANGER = """
import sys
import relevance.index.cluster.pool as pool
pool._WELCOME = 3.0
try:
    with pool.connected(sys.argv[1]):
        pass
except pool.ClusterError as error:
    print(error)
"""


def test_something_else_that_listens_is_told_within_a_time():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        told = subprocess.run(
            [sys.executable, "-c", _STRANGER, address], capture_output=True, text=True, timeout=60
        )
    assert told.returncode == 0
    assert told.stdout.startswith(f"No cluster answers at {address} (no Ray within 3 seconds")


def test_a_cluster_that_is_not_there_is_told():
    with pytest.raises(ClusterError, match="ray start --head"), connected("127.0.0.1:1"):
        pass
