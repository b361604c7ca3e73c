"""What the local Kafka is formatted with."""

from deploy.local.kafka import cluster_id


def test_a_cluster_id_never_looks_like_an_option() -> None:
    ids = [cluster_id(bytes([first]) + bytes(15)) for first in range(256)]
    assert all(made[0].isalpha() and len(made) == 22 for made in ids)
