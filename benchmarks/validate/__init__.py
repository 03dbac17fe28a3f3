"""What ``bench_validate`` is made of: the client, the seed, the other ways to answer, the measuring."""
