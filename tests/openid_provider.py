"""A real OpenID provider, oidc-provider-mock, as a process: `python -m tests.openid_provider PORT AUDIENCE`.

Its own access tokens are opaque, and it answers no questions about them. Authlib, which it is made of, has JWT access
tokens (RFC 9068), introspection (RFC 7662) and revocation (RFC 7009): they are switched on here.
"""

import sys
from dataclasses import dataclass
from functools import partial
from typing import Any

import flask
import oidc_provider_mock
import werkzeug.serving
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator


@dataclass
class Person:
    """A user of the mock, as Authlib asks for them."""

    sub: str
    claims: dict[str, Any]

    def get_user_id(self) -> str:
        return self.sub


class SignedTokens(JWTBearerTokenGenerator):  # type: ignore[misc] # untyped
    """JWT access tokens, with what the provider knows of a user as claims."""

    def get_jwks(self) -> Any:
        return _storage().jwk.as_dict(is_private=True)

    def get_audiences(self, client: Any, user: Any, scope: Any) -> Any:
        return flask.current_app.config["AUDIENCE"]

    def get_extra_claims(self, client: Any, grant_type: Any, user: Any, scope: Any) -> Any:
        return user.claims

    def access_token_generator(self, client: Any, grant_type: Any, user: Any, scope: Any) -> Any:
        return super().access_token_generator(client, grant_type, Person(user.sub, user.claims), scope)


class Introspection(IntrospectionEndpoint):  # type: ignore[misc] # untyped
    """Active is what was handed out and not taken back."""

    def query_token(self, token_string: str, token_type_hint: str | None) -> Any:
        return _storage().get_access_token(token_string)

    def check_permission(self, token: Any, client: Any, request: Any) -> bool:
        return True

    def introspect_token(self, token: Any) -> Any:
        said = {"active": True, "sub": token.user_id, "aud": flask.current_app.config["AUDIENCE"]}
        return {**token.get_user().claims, **said, "exp": int(token.expires_at.timestamp())}


class Revocation(RevocationEndpoint):  # type: ignore[misc] # untyped
    """Whoever has a token may take it back."""

    def authenticate_token(self, request: Any, client: Any) -> Any:
        return _storage().get_access_token(request.form["token"])

    def revoke_token(self, token: Any, request: Any) -> None:
        _storage().remove_access_token(token.token)


def provider(issuer: str, audience: str) -> flask.Flask:
    """The provider with what it does not switch on itself."""
    app: flask.Flask = oidc_provider_mock.app()
    app.config["AUDIENCE"] = audience
    with app.test_request_context("/"):
        app.preprocess_request()
        server = flask.g._authlib_authorization_server
    server.register_token_generator("default", SignedTokens(issuer))
    for path, name, endpoint in (
        ("/introspect", "introspection", Introspection),
        ("/revoke", "revocation", Revocation),
    ):
        server.register_endpoint(endpoint)
        app.add_url_rule(path, name, partial(server.create_endpoint_response, name), methods=["POST"])
    return app


def _storage() -> Any:
    return flask.g.oidc_provider_mock_storage


if __name__ == "__main__":
    port = int(sys.argv[1])
    app = provider(f"http://localhost:{port}", sys.argv[2])
    werkzeug.serving.make_server("localhost", port, app, threaded=True).serve_forever()
