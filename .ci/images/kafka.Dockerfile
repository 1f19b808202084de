FROM wlijo-ci/java
RUN useradd --uid 1000 --gid 0 --no-create-home --home-dir /opt/kafka appuser \
 && mkdir -p /var/lib/kafka/data /mnt/shared/config /etc/kafka/secrets && chown 1000:0 /var/lib/kafka/data
COPY libs /opt/kafka/libs
COPY log4j2.properties /opt/kafka/config/
COPY --chmod=755 kafka-run /etc/kafka/docker/run
USER appuser
VOLUME ["/etc/kafka/secrets", "/mnt/shared/config", "/var/lib/kafka/data"]
CMD ["/etc/kafka/docker/run"]
