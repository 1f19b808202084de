FROM wlijo-ci/java
RUN useradd --uid 1000 --no-create-home --home-dir /opt/kafka appuser \
 && mkdir -p /var/lib/kafka/data /mnt/shared/config /etc/kafka/secrets /opt/kafka/config && chown -R 1000:0 /var/lib/kafka && chown -R 1000:1000 /opt/kafka
COPY libs /opt/kafka/libs
COPY log4j2.properties /etc/kafka/docker/
COPY --chmod=755 kafka-run /etc/kafka/docker/run
USER appuser
VOLUME ["/etc/kafka/secrets", "/mnt/shared/config", "/var/lib/kafka/data"]
CMD ["/etc/kafka/docker/run"]
