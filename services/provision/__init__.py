"""The name by which the release before knows `infra.ops.provision`: one compose file serves both images. It goes with the next release."""
