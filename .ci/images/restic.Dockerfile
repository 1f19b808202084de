FROM wlijo-ci/restic
ENTRYPOINT ["restic"]
