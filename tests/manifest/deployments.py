"""A deployment for the tests."""

from manifest.deployment import Deployment

URL, APP = "https://laurel.corp.test", "8a7d0c6e-3c1f-4f5e-9b0a-1d2e3f4a5b6c"
HERE = Deployment(URL, APP)
POLLING = Deployment(URL, APP, polls_telegram=True)
