"""The composed supergraph: what each subgraph can answer, and the schema that clients see."""
