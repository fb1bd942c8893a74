"""Verification of the platform's token with PyJWT, because the SDK answers 500 to a bad token.

Checked are the signature (RS256 only), issuer, audience, times, and that the key may sign for the channel. The server
named in the token is returned, to be compared with the activity.
"""

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from channels.teams import limits
from channels.teams.inbound.signing_keys import SigningKeys

TOKEN_ISSUER = "https://api.botframework.com"  # noqa: S105 - a public name, not a secret
MAX_AUTHORIZATION_LENGTH = 16 * 1024  # characters of a header


class InvalidTeamsToken(Exception):
    """The request does not come from the platform. Its text is the reason in a word or two."""


class KeysUnavailable(Exception):
    """The request cannot be checked, because the platform's keys were never fetched."""


async def verify_teams_token(header: str, keys: SigningKeys, app_id: str, channel_id: str) -> str:
    """Verify an `Authorization` header and return the `serviceurl` of its token.

    Raises InvalidTeamsToken, or KeysUnavailable if no keys are known.
    """
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token or len(header) > MAX_AUTHORIZATION_LENGTH or not token.isascii():
        raise InvalidTeamsToken("no token")
    token = token.strip()
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as error:
        raise InvalidTeamsToken(type(error).__name__) from None
    if not isinstance(kid, str):
        raise InvalidTeamsToken("kid")
    key = await keys.find(kid)
    if key is None:
        raise InvalidTeamsToken("unknown key") if keys.has_keys else KeysUnavailable
    if key.endorsements is not None and channel_id not in key.endorsements:
        raise InvalidTeamsToken("endorsement")
    return _server(token, key.public, app_id)


def _server(token: str, public: RSAPublicKey, app_id: str) -> str:
    try:
        claims = jwt.decode(
            token,
            public,
            algorithms=["RS256"],
            audience=app_id,
            issuer=TOKEN_ISSUER,
            leeway=limits.MAX_CLOCK_SKEW_S,
            options={"require": ["iss", "aud", "exp"]},
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise InvalidTeamsToken(type(error).__name__) from None
    return str(claims.get("serviceurl") or claims.get("serviceUrl") or "")
