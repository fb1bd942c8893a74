"""A deployment for the tests."""

from cryptography.fernet import Fernet

from manifest.deployment import Deployment

URL, APP = "https://laurel.corp.test", "8a7d0c6e-3c1f-4f5e-9b0a-1d2e3f4a5b6c"
HERE = Deployment(URL, APP)
POLLING = Deployment(URL, APP, polls_telegram=True)
SEVERAL = Deployment(URL, APP, slack_oauth=True)
APP_OF_SEVERAL = {
    "slack_client_id": "1.2",
    "slack_client_secret": "s",
    "slack_store_key": Fernet.generate_key().decode(),
    "slack_allowed_teams": "T01CORP",
    "slack_signing_secret": "s",
}
