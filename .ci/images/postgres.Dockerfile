FROM wlijo-ci/postgres
COPY --chmod=755 postgres-run /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/lib/postgresql/18/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    PGDATA=/var/lib/postgresql/18/docker
RUN rm -rf /var/lib/postgresql/18 && usermod -o -u 999 postgres && groupmod -o -g 999 postgres && chown postgres:postgres /var/lib/postgresql
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
