"""Apache Kafka: its configuration with locks on, its TLS material, and, from Maven, a broker for tests."""
