FROM wlijo-ci/python
COPY authorities /usr/local/share/ca-certificates/
RUN update-ca-certificates >/dev/null && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED && for name in python python3 python3.13; do ln -sf /usr/bin/python3.13 "/usr/local/bin/$name"; done
ENV LANG=C.UTF-8
CMD ["python3"]
