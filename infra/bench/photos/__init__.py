"""What a photo costs: python -m infra.bench.photos. A package, so that processes of one photo do not load it once more."""
