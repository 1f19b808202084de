"""Who may do what on Kafka, as code: one declaration, compared with the cluster, applied."""
